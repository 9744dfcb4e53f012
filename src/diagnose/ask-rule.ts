// SPDX-License-Identifier: GPL-2.0-only
/** Asks one rule, and tells apart that its fault is not there and that nobody could look. Pure. */
import type { Verdict } from '../model/diagnosis.ts';
import type { Evidence } from '../model/evidence.ts';
import { type EvidenceSource, isSameSource } from '../model/source.ts';
import { inOrder, type Rule, refusedOf } from './rule.ts';

export type Finding =
  | { readonly kind: 'holds'; readonly verdict: Verdict }
  | { readonly kind: 'does-not' }
  | { readonly kind: 'could-not-look'; readonly refused: readonly EvidenceSource[] };

/** A finding holds, whatever was refused. That a rule found nothing counts only where nothing it needs was refused. */
export function askRule(rule: Rule, evidence: Evidence): Finding {
  if (!rule.suspects(evidence)) return { kind: 'does-not' };
  const found = rule.check(evidence);
  if (found !== null) return { kind: 'holds', verdict: { rule: rule.name, ...found, cures: inOrder(found.cures) } };
  const refused = rule.needs.flatMap((need) => refusedOf(evidence, need)).filter(isFirst);
  return refused.length === 0 ? { kind: 'does-not' } : { kind: 'could-not-look', refused };
}

/** Every look asks again: the same source stands once. */
function isFirst(source: EvidenceSource, at: number, all: readonly EvidenceSource[]): boolean {
  return all.findIndex((one) => isSameSource(one, source)) === at;
}
