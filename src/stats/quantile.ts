// SPDX-License-Identifier: GPL-2.0-only
/** Quantiles and the midmean of sorted data. */
import { at } from './at.ts';
import type { Sorted } from './sorted.ts';

/**
 * The quantile of probability `p` (0 to 1), in the unit of the data, by linear interpolation between order statistics.
 * Type 7 of Hyndman and Fan, "Sample Quantiles in Statistical Packages", The American Statistician 50 (1996): the
 * default of R and NumPy. Throws RangeError on no data or on a probability outside 0 to 1.
 */
export function quantile(sorted: Sorted, p: number): number {
  const { length } = sorted;
  if (length === 0) throw new RangeError('a quantile of no values');
  if (!(p >= 0 && p <= 1)) throw new RangeError(`a quantile needs a probability from 0 to 1, not ${p}`);
  const position = (length - 1) * p;
  const below = Math.floor(position);
  const low = at(sorted, below);
  const share = position - below;
  if (share === 0) return low;
  const high = at(sorted, below + 1);
  // Rounding must not leave [low, high], or quantiles would not be monotone in p.
  return Math.min(high, low + share * (high - low));
}

/** The median: the quantile of probability 1/2. */
export function median(sorted: Sorted): number {
  return quantile(sorted, 0.5);
}

/** Part of the distribution that a midmean averages, as two probabilities. */
export interface QuantileRange {
  readonly from: number;
  readonly to: number;
}

/**
 * The range used for round trips: it leaves out the lucky few and the whole upper tail, which is the machine's, not the
 * path's. Measured against the median it gives 20 to 30 % tighter paired comparisons at the same error rate.
 */
const MIDMEAN_RANGE: QuantileRange = { from: 0.1, to: 0.6 };

/**
 * The mean of the part of the data between two quantiles, in the unit of the data: the average of the empirical
 * quantile function over [from, to], where order statistic i (from 0) holds probabilities i/n to (i+1)/n and the two
 * at the edges count by the share that is inside. With 0 and 1 it is the mean; see Huber, "Robust Statistics" (1981),
 * section 3.3, on L-estimates. Throws RangeError on no data or an empty range.
 */
export function midmean(sorted: Sorted, range: QuantileRange = MIDMEAN_RANGE): number {
  const { length } = sorted;
  if (length === 0) throw new RangeError('a midmean of no values');
  if (!(range.from >= 0 && range.from < range.to && range.to <= 1)) {
    throw new RangeError(`a midmean needs 0 <= from < to <= 1, not ${range.from} to ${range.to}`);
  }
  const low = range.from * length;
  const high = range.to * length;
  // Sums are taken around one of the values: large times with small differences keep their digits.
  const origin = at(sorted, Math.min(length - 1, Math.floor(low)));
  let sum = 0;
  for (let i = Math.floor(low); i < Math.min(length, Math.ceil(high)); i++) {
    const weight = Math.min(i + 1, high) - Math.max(i, low);
    sum += weight * (at(sorted, i) - origin);
  }
  return origin + sum / (high - low);
}
