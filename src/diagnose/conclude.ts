// SPDX-License-Identifier: GPL-2.0-only
/** Evidence -> verdicts: asks every rule. Pure. */

import type { BlindRule, Verdict } from '../model/diagnosis.ts';
import type { Evidence } from '../model/evidence.ts';
import { isSameSource } from '../model/source.ts';
import { askRule } from './ask-rule.ts';
import type { Rule } from './rule.ts';

const CONFIDENCE = ['certain', 'likely', 'possible'] as const;
const SEVERITY = ['broken', 'slow'] as const;

/** What follows from the evidence on one path in one direction. */
export interface Conclusion {
  /** What is broken first, then by confidence, then in the order of the rules. */
  readonly verdicts: readonly Verdict[];
  readonly couldNotLook: readonly BlindRule[];
}

/** Equal verdicts stand in the order of the rules. */
export function conclude(evidence: Evidence, rules: readonly Rule[]): Conclusion {
  const findings = rules.map((rule) => [rule.name, askRule(rule, evidence)] as const);
  return {
    verdicts: findings
      .flatMap(([, finding]) => (finding.kind === 'holds' ? [finding.verdict] : []))
      .sort((a, b) => rank(a) - rank(b)),
    couldNotLook: findings.flatMap(([rule, finding]) =>
      finding.kind === 'could-not-look' ? [{ rule, refused: finding.refused }] : [],
    ),
  };
}

/**
 * Verdicts of several directions: the same rule at the same place stands once, as it is in the direction where it is most
 * certain, with the evidence of that direction alone.
 */
export function mergeVerdicts<D extends string>(
  found: readonly { readonly direction: D; readonly verdicts: readonly Verdict[] }[],
): (Verdict & { readonly directions: readonly D[] })[] {
  const merged = new Map<string, Verdict & { readonly directions: readonly D[] }>();
  for (const { direction, verdicts } of found) {
    for (const verdict of verdicts) {
      const key = `${verdict.rule} ${verdict.severity === 'slow' ? '' : verdict.at}`;
      const known = merged.get(key);
      const surer = known === undefined || rank(verdict) < rank(known) ? verdict : known;
      merged.set(key, { ...surer, directions: [...(known?.directions ?? []), direction] });
    }
  }
  return [...merged.values()].sort((a, b) => rank(a) - rank(b));
}

/** The same rule in several directions stands once, with all that was refused to it, each source once. */
export function mergeBlind<D extends string>(
  found: readonly { readonly direction: D; readonly couldNotLook: readonly BlindRule[] }[],
): (BlindRule & { readonly directions: readonly D[] })[] {
  const merged = new Map<string, BlindRule & { readonly directions: readonly D[] }>();
  for (const { direction, couldNotLook } of found) {
    for (const { rule, refused } of couldNotLook) {
      const known = merged.get(rule);
      const fresh = refused.filter((source) => !known?.refused.some((one) => isSameSource(one, source)));
      merged.set(rule, {
        rule,
        refused: [...(known?.refused ?? []), ...fresh],
        directions: [...(known?.directions ?? []), direction],
      });
    }
  }
  return [...merged.values()];
}

/** What is broken first, then by confidence. */
function rank({ severity, confidence }: Verdict): number {
  return SEVERITY.indexOf(severity) * CONFIDENCE.length + CONFIDENCE.indexOf(confidence);
}
