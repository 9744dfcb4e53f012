// SPDX-License-Identifier: GPL-2.0-only
/** Mean and standard deviation. */

/** Mean and spread of a set of numbers, in their unit; `stddev` is 0 for a single number. */
export interface Moments {
  readonly n: number;
  readonly mean: number;
  readonly stddev: number;
}

/**
 * Mean and sample standard deviation (divisor n - 1), in two passes with the correction term of Chan, Golub and
 * LeVeque, "Algorithms for Computing the Sample Variance", The American Statistician 37 (1983): one pass over the
 * squares would lose the digits of nanosecond times. Throws RangeError on no data.
 */
export function moments(values: ArrayLike<number>): Moments {
  const n = values.length;
  if (n === 0) throw new RangeError('the mean of no values');
  let sum = 0;
  for (let i = 0; i < n; i++) sum += values[i] ?? Number.NaN;
  const rough = sum / n;
  let residual = 0;
  let squares = 0;
  for (let i = 0; i < n; i++) {
    const deviation = (values[i] ?? Number.NaN) - rough;
    residual += deviation;
    squares += deviation * deviation;
  }
  const variance = n > 1 ? Math.max(0, squares - (residual * residual) / n) / (n - 1) : 0;
  return { n, mean: rough + residual / n, stddev: Math.sqrt(variance) };
}

/** The arithmetic mean, in the unit of the data. Throws RangeError on no data. */
export function mean(values: ArrayLike<number>): number {
  return moments(values).mean;
}
