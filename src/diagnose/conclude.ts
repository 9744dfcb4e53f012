/** Evidence -> verdicts: asks every rule. Pure. */
import type { Evidence, Verdict } from '../model/diagnosis.ts';
import { rules } from './rules/index.ts';

const CONFIDENCE = ['certain', 'likely', 'possible'] as const;
const SEVERITY = ['broken', 'slow'] as const;

/** The verdicts on one path in one direction: what is broken first, then by confidence, then in the order of the rules. */
export function conclude(evidence: Evidence): Verdict[] {
  const verdicts = rules.flatMap((rule) => {
    const found = rule.check(evidence);
    return found === null ? [] : [{ rule: rule.name, ...found }];
  });
  return verdicts.sort(
    (a, b) =>
      SEVERITY.indexOf(a.severity) - SEVERITY.indexOf(b.severity) ||
      CONFIDENCE.indexOf(a.confidence) - CONFIDENCE.indexOf(b.confidence),
  );
}

/** Verdicts of several directions: the same rule at the same place stands once, with all its evidence and directions. */
export function mergeVerdicts<D extends string>(
  found: readonly { readonly direction: D; readonly verdicts: readonly Verdict[] }[],
): (Verdict & { readonly directions: readonly D[] })[] {
  const merged = new Map<string, Verdict & { readonly directions: readonly D[] }>();
  for (const { direction, verdicts } of found) {
    for (const verdict of verdicts) {
      const key = `${verdict.rule} ${verdict.at}`;
      const known = merged.get(key);
      merged.set(key, {
        ...(known ?? verdict),
        evidence: [...new Set([...(known?.evidence ?? []), ...verdict.evidence])],
        directions: [...(known?.directions ?? []), direction],
      });
    }
  }
  return [...merged.values()];
}
