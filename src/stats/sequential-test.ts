// SPDX-License-Identifier: GPL-2.0-only
/** The interval and the p value at the last of several looks. */
import { memo } from './memo.ts';
import { type LookLevel, type LookSchedule, sequentialBounds } from './sequential-bounds.ts';

const ALPHA = 0.05;
/** Error rates at which boundaries are computed: 0.05 times powers of 4, from 3e-9 to 0.8. */
const RATES = Array.from({ length: 15 }, (_, i) => ALPHA * 4 ** (i - 12));

/** Of the last look, for an error rate of 5 % over all of them. */
export function lastLook(schedule: LookSchedule, alpha = ALPHA): LookLevel {
  const last = boundsOf(schedule, alpha).at(-1);
  if (last === undefined) throw new RangeError('a level without a look');
  return last;
}

/**
 * The least error rate over all looks with which the interval at the last one excludes 0: the p value to which Holm's correction
 * may be applied, as each hypothesis then spends the share that Holm gives it in the same way (Y. Ye, A. Li, L. Liu and B. Yao,
 * "A group sequential Holm procedure with multiple primary endpoints", Statistics in Medicine 32, 2013). `nominal` is the p
 * value of the last look alone. Between the rates at which boundaries are computed the logarithms are joined by lines.
 */
export function sequentialPValue(nominal: number, schedule: LookSchedule): number {
  if (nominal <= 0) return 0;
  const x = Math.log(nominal);
  let [low, high] = [0, RATES.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (pointAt(middle, schedule).x < x) low = middle;
    else high = middle;
  }
  const [a, b] = [pointAt(low, schedule), pointAt(high, schedule)];
  // Below the least rate the line of the first two goes on.
  return Math.min(1, Math.exp(a.y + ((x - a.x) / (b.x - a.x)) * (b.y - a.y)));
}

function pointAt(index: number, schedule: LookSchedule): { readonly x: number; readonly y: number } {
  const rate = RATES[index] ?? 1;
  return { x: Math.log(lastLook(schedule, rate).nominal), y: Math.log(rate) };
}

/** They cost some milliseconds each, and a run asks for the same ones again and again. */
const boundsOf = memo(sequentialBounds, {
  keyOf: ({ looks, maxDraws }: LookSchedule, alpha: number) => `${alpha} ${maxDraws} ${looks.join(',')}`,
  most: 2000,
});
