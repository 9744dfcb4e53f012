/** Evidence -> verdicts: asks every rule. Pure. */

import type { Verdict } from '../model/diagnosis.ts';
import type { Evidence } from '../model/evidence.ts';
import { rules } from './rules/index.ts';

const CONFIDENCE = ['certain', 'likely', 'possible'] as const;
const SEVERITY = ['broken', 'slow'] as const;

/** The verdicts on one path in one direction: what is broken first, then by confidence, then in the order of the rules. */
export function conclude(evidence: Evidence): Verdict[] {
  const verdicts = rules.flatMap((rule) => {
    const found = rule.check(evidence);
    return found === null ? [] : [{ rule: rule.name, ...found }];
  });
  return verdicts.sort((a, b) => rank(a) - rank(b));
}

/**
 * Verdicts of several directions: the same rule at the same place stands once, in its most certain form and with the
 * evidence of that direction; what was seen in the others is in theirs.
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

/** What is broken first, then by confidence. */
function rank({ severity, confidence }: Verdict): number {
  return SEVERITY.indexOf(severity) * CONFIDENCE.length + CONFIDENCE.indexOf(confidence);
}
