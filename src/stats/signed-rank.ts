// SPDX-License-Identifier: GPL-2.0-only
/** The interval of a centre by the signed-rank statistic of Wilcoxon. */
import { at } from './at.ts';
import { normalCdf, normalQuantile } from './normal.ts';
import type { Sorted } from './sorted.ts';
import { walshAverage, walshCount } from './walsh.ts';

/** Up to here the null distribution is counted out; above, the normal approximation is right to the third digit. */
const EXACT_UP_TO = 100;

/** An interval of the centre of a symmetric distribution, in the unit of the data. */
export interface SignedRankInterval {
  readonly low: number;
  readonly high: number;
  /**
   * What these bounds cover; less than was asked for only where too few values allow no more (5 or fewer at 95 %).
   */
  readonly confidence: number;
}

/**
 * The interval of the Hodges-Lehmann centre: the Walsh averages c + 1 from below and c + 1 from above, with c the
 * critical value of the signed-rank statistic. Hollander, Wolfe and Chicken, "Nonparametric Statistical Methods" (3rd
 * edition), section 3.3. Distribution-free for independent values from a symmetric distribution; ties only widen it.
 * Throws RangeError on no data.
 */
export function signedRankInterval(sorted: Sorted, level = 0.95): SignedRankInterval {
  const n = sorted.length;
  if (n === 0) throw new RangeError('an interval of no values');
  // Where no value of the statistic is rare enough, the whole range is the widest interval there is.
  const rank = Math.max(0, signedRankCritical(n, 1 - level));
  return {
    low: walshAverage(sorted, rank),
    high: walshAverage(sorted, walshCount(n) - 1 - rank),
    confidence: 1 - 2 * lowerTail(n, rank),
  };
}

/**
 * The largest w with P(W <= w) <= alpha / 2 for the signed-rank statistic of n values: the critical value of the usual
 * tables for a two-sided test; -1 where there is none.
 */
export function signedRankCritical(n: number, alpha: number): number {
  if (!(alpha > 0 && alpha < 1)) throw new RangeError(`a level must leave an error rate between 0 and 1, not ${alpha}`);
  if (n > EXACT_UP_TO) {
    const { mean, stddev } = approximation(n);
    return Math.floor(mean + stddev * normalQuantile(alpha / 2) - 0.5);
  }
  const probabilities = nullDistribution(n);
  let sum = 0;
  let critical = -1;
  for (let w = 0; w < probabilities.length; w++) {
    sum += at(probabilities, w);
    if (sum > alpha / 2) break;
    critical = w;
  }
  return critical;
}

/** P(W <= w) of n values without ties. */
function lowerTail(n: number, w: number): number {
  if (n > EXACT_UP_TO) {
    const { mean, stddev } = approximation(n);
    return normalCdf((w + 0.5 - mean) / stddev);
  }
  const probabilities = nullDistribution(n);
  let sum = 0;
  for (let i = 0; i <= w; i++) sum += at(probabilities, i);
  return sum;
}

function approximation(n: number): { readonly mean: number; readonly stddev: number } {
  return { mean: walshCount(n) / 2, stddev: Math.sqrt((n * (n + 1) * (2 * n + 1)) / 24) };
}

/**
 * Index -> probability that those of the ranks 1 to n which a fair coin chooses sum to it: one convolution a rank,
 * additions only.
 */
function nullDistribution(n: number): Float64Array {
  const probabilities = new Float64Array(walshCount(n) + 1);
  probabilities[0] = 1;
  let reached = 0;
  for (let rank = 1; rank <= n; rank++) {
    reached += rank;
    for (let sum = reached; sum >= 0; sum--) {
      const without = at(probabilities, sum);
      const withIt = sum >= rank ? at(probabilities, sum - rank) : 0;
      probabilities[sum] = (without + withIt) / 2;
    }
  }
  return probabilities;
}
