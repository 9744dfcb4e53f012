// SPDX-License-Identifier: GPL-2.0-only
/** Judges the comparisons of a run together: the twin first, then Holm's correction over the rest. */
import { type DrawnComparison, type Interval, isDifferent } from '../model/result.ts';
import { at } from './at.ts';
import { moreDraws } from './compare-draws.ts';
import { holm } from './holm.ts';

const ALPHA = 0.05;

/**
 * The comparisons, in the same order, with their final outcomes.
 *
 * 1. A twin is the same backend against itself. Where it came out different, the measurement finds differences that are
 *    not there, and every other comparison of its probe is "invalid" and inconclusive, however large its effect: strict,
 *    because a failed control says nothing about how far the error reaches.
 * 2. Where it is not shown to be equivalent, or there is none, the others are "not-controlled", and so is itself.
 * 3. A claim of a difference must survive Holm's correction over all comparisons that are no twins; one that does not
 *    becomes inconclusive, and `because` says why. `holmPValue` is filled in for every comparison that has a p value and
 *    is no twin. A claim of equivalence is no test of that family.
 */
export function judgeComparisons<C extends DrawnComparison>(comparisons: readonly C[]): readonly C[] {
  const tested = comparisons.filter((comparison) => !comparison.isTwin && comparison.pValue !== null);
  const adjusted = holm(tested.map((comparison) => comparison.pValue ?? 1));
  return comparisons.map((comparison) => {
    if (comparison.isTwin) return ofControl(comparison);
    const position = tested.indexOf(comparison);
    const holmPValue = position < 0 ? null : at(adjusted, position);
    const twins = comparisons.filter((other) => other.isTwin && other.probe === comparison.probe);
    return judge({ ...comparison, holmPValue }, twins, tested.length);
  });
}

/** A control that cannot tell controls nothing; what it claims, that it failed or holds, stands. */
function ofControl<C extends DrawnComparison>(twin: C): C {
  return twin.outcome === 'inconclusive' ? { ...twin, validity: 'not-controlled' } : twin;
}

function judge<C extends DrawnComparison>(comparison: C, twins: readonly C[], tested: number): C {
  const failed = twins.find(isDifferent);
  if (failed !== undefined) return { ...comparison, ...VOID, because: twinFailure(failed) };
  const corrected = afterHolm(comparison, tested);
  if (twins.some(({ outcome }) => outcome === 'equivalent')) return corrected;
  const because = joined(
    corrected.because,
    `not controlled: ${twins.length === 0 ? 'no twin was measured' : 'the A/A control is inconclusive'}`,
  );
  return { ...corrected, validity: 'not-controlled', because };
}

const VOID = { outcome: 'inconclusive', direction: null, validity: 'invalid', moreDraws: null } as const;

function afterHolm<C extends DrawnComparison>(comparison: C, tested: number): C {
  const { holmPValue: p, because } = comparison;
  if (!isDifferent(comparison) || p === null || p < ALPHA) return comparison;
  const correction = `Holm's correction for ${tested} comparisons (p = ${p.toFixed(3)})`;
  return {
    ...comparison,
    outcome: 'inconclusive',
    direction: null,
    moreDraws: moreDraws(comparison, tested),
    because: joined(`the interval excludes 0, but not after ${correction}`, because),
  };
}

function twinFailure(twin: DrawnComparison): string {
  const interval = twin.relativeInterval === null ? '' : ` ${bracket(twin.relativeInterval)}`;
  const size = `${percent(Math.abs(twin.relative))} ${twin.direction ?? 'other'}`;
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
