// SPDX-License-Identifier: GPL-2.0-only
/** Order statistics of the Walsh averages, without making the averages. */
import { at } from './at.ts';
import type { Sorted } from './sorted.ts';

/** How many Walsh averages (x[i] + x[j]) / 2, i <= j, there are of n numbers. */
export function walshCount(n: number): number {
  return (n * (n + 1)) / 2;
}

/**
 * The Walsh average of 0-based rank `rank` among the n (n + 1) / 2 averages (x[i] + x[j]) / 2, i <= j, of sorted
 * numbers: exact, in the unit of the data. Instead of the quadratic list it bisects over values; one count of the
 * averages at or below a value is a walk of two indices along the sorted numbers, so that a few thousand numbers take
 * a few milliseconds and no memory. The counting walk is that of Johnson and Mizoguchi, "Selecting the Kth Element in
 * X + Y and X1 + X2 + ... + Xm", SIAM Journal on Computing 7 (1978). The sum of two values must be finite. Throws
 * RangeError on a rank that does not exist.
 */
export function walshAverage(sorted: Sorted, rank: number): number {
  const n = sorted.length;
  if (!Number.isInteger(rank) || rank < 0 || rank >= walshCount(n)) {
    throw new RangeError(`no Walsh average of rank ${rank} among ${n} numbers`);
  }
  let high = at(sorted, n - 1);
  let low = at(sorted, 0);
  if (countAtMost(sorted, low) > rank) return low + 0;
  // From here on countAtMost(low) <= rank < countAtMost(high). Once no double lies between them, `high` is the average;
  // adding 0 turns a -0, which halving may leave, into 0.
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return high + 0;
    if (countAtMost(sorted, middle) > rank) high = middle;
    else low = middle;
  }
}

/**
 * How many Walsh averages are at most `value`. Rounding is monotone, so the walk is right for the rounded averages
 * too.
 */
function countAtMost(sorted: Sorted, value: number): number {
  let count = 0;
  let right = sorted.length - 1;
  for (let left = 0; left <= right; left++) {
    const x = at(sorted, left);
    while (right >= left && (x + at(sorted, right)) / 2 > value) right--;
    if (right < left) break;
    count += right - left + 1;
  }
  return count;
}
