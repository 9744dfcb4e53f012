// SPDX-License-Identifier: GPL-2.0-only
/** Judges the comparisons of a run together: the twin first, then Holm's correction over the rest. */
import type { DrawnComparison, Interval } from '../model/result.ts';
import { at } from './at.ts';
import { holm } from './holm.ts';

const ALPHA = 0.05;

/**
 * The comparisons, in the same order, with their final verdicts.
 *
 * 1. A twin is the same backend against itself. Where it came out slower or faster, the measurement finds differences
 *    that are not there, and every other comparison of its probe is "invalid", however large its effect: strict,
 *    because a failed control says nothing about how far the error reaches.
 * 2. A claim must survive Holm's correction over all comparisons that are no twins; one that does not becomes
 *    "unresolved", and `because` says why. `holmPValue` is filled in for every comparison that has a p value and is
 *    no twin.
 * 3. A claim whose probe has no judged twin keeps its verdict, and `because` says that the control is missing.
 */
export function judgeComparisons<C extends DrawnComparison>(comparisons: readonly C[]): readonly C[] {
  const tested = comparisons.filter((comparison) => !comparison.isTwin && comparison.pValue !== null);
  const adjusted = holm(tested.map((comparison) => comparison.pValue ?? 1));
  return comparisons.map((comparison) => {
    if (comparison.isTwin) return comparison;
    const position = tested.indexOf(comparison);
    const holmPValue = position < 0 ? null : at(adjusted, position);
    const twins = comparisons.filter((other) => other.isTwin && other.probe === comparison.probe);
    return judge({ ...comparison, holmPValue }, twins, tested.length);
  });
}

function judge<C extends DrawnComparison>(comparison: C, twins: readonly C[], tested: number): C {
  const failed = twins.find(isClaim);
  if (failed !== undefined) return { ...comparison, verdict: 'invalid', because: twinFailure(failed) };
  if (!isClaim(comparison)) return comparison;
  const p = comparison.holmPValue;
  if (p !== null && p >= ALPHA) {
    const correction = `Holm's correction for ${tested} comparisons (p = ${p.toFixed(3)})`;
    const reason = `the interval excludes 0, but not after ${correction}`;
    return { ...comparison, verdict: 'unresolved', because: joined(reason, comparison.because) };
  }
  if (twins.some((twin) => twin.verdict === 'no-difference')) return comparison;
  const reason = twins.length === 0 ? 'no twin was measured' : 'the twin has too few draws to be judged';
  return { ...comparison, because: joined(comparison.because, reason) };
}

function isClaim({ verdict }: DrawnComparison): boolean {
  return verdict === 'slower' || verdict === 'faster';
}

function twinFailure(twin: DrawnComparison): string {
  const interval = twin.relativeInterval === null ? '' : ` ${bracket(twin.relativeInterval)}`;
  const size = `${percent(Math.abs(twin.relative))} ${twin.verdict}`;
  return (
    `the twin ${twin.candidate} came out ${size} than ${twin.reference}${interval}, ` +
    'although both are the same: differences of this size are not the backends'
  );
}

function bracket({ low, high }: Interval): string {
  return `[${percent(low)}, ${percent(high)}]`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function joined(...reasons: readonly string[]): string {
  return reasons.filter((reason) => reason !== '').join('; ');
}
