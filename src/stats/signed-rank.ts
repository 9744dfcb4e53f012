// SPDX-License-Identifier: GPL-2.0-only
/** Wilcoxon's signed-rank test, and the interval of a centre that belongs to it. */
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
  const probabilities = nullDistribution(ranksTo(n));
  let sum = 0;
  let critical = -1;
  for (let w = 0; w < probabilities.length; w++) {
    sum += at(probabilities, w);
    if (sum > alpha / 2) break;
    critical = w;
  }
  return critical;
}

/** The outcome of a signed-rank test. */
export interface SignedRankTest {
  /** The sum of the ranks of the positive differences; midranks for ties. */
  readonly statistic: number;
  /** How many differences were not 0. */
  readonly n: number;
  /** Two-sided. */
  readonly pValue: number;
}

/**
 * Tests whether `values` are symmetric around `centre`. F. Wilcoxon, "Individual Comparisons by Ranking Methods",
 * Biometrics Bulletin 1 (1945): zero differences are left out, ties get midranks. Up to 100 values the p value is
 * exact given the ties (every assignment of signs counted); above it is the normal approximation with the corrections
 * for ties and continuity.
 */
export function signedRankTest(values: ArrayLike<number>, centre = 0): SignedRankTest {
  const differences = Array.from(values, (value) => value - centre).filter((difference) => difference !== 0);
  const n = differences.length;
  if (n === 0) return { statistic: 0, n, pValue: 1 };
  const doubled = doubledMidranks(differences.map(Math.abs));
  let statistic = 0;
  differences.forEach((difference, i) => {
    if (difference > 0) statistic += at(doubled, i) / 2;
  });
  // The distribution is symmetric: the smaller of the two rank sums decides.
  const smaller = Math.min(statistic, walshCount(n) - statistic);
  const pValue = n > EXACT_UP_TO ? approximateTail(n, smaller, tieTerm(doubled)) : exactTail(doubled, smaller);
  return { statistic, n, pValue: Math.min(1, 2 * pValue) };
}

/** P(W <= w) of n values without ties. */
function lowerTail(n: number, w: number): number {
  if (n > EXACT_UP_TO) return approximateTail(n, w, 0);
  const probabilities = nullDistribution(ranksTo(n));
  let sum = 0;
  for (let i = 0; i <= w; i++) sum += at(probabilities, i);
  return sum;
}

function exactTail(doubledRanks: readonly number[], smaller: number): number {
  const probabilities = nullDistribution(doubledRanks);
  let sum = 0;
  for (let i = 0; i <= 2 * smaller; i++) sum += at(probabilities, i);
  return sum;
}

function approximateTail(n: number, w: number, ties: number): number {
  const { mean, stddev } = approximation(n, ties);
  return normalCdf((w + 0.5 - mean) / stddev);
}

function approximation(n: number, ties = 0): { readonly mean: number; readonly stddev: number } {
  return { mean: walshCount(n) / 2, stddev: Math.sqrt((n * (n + 1) * (2 * n + 1)) / 24 - ties / 48) };
}

/**
 * Index -> probability that the ranks which a fair coin chooses sum to it: one convolution a rank, additions only.
 */
function nullDistribution(ranks: readonly number[]): Float64Array {
  const total = ranks.reduce((sum, rank) => sum + rank, 0);
  const probabilities = new Float64Array(total + 1);
  probabilities[0] = 1;
  let reached = 0;
  for (const rank of ranks) {
    reached += rank;
    for (let sum = reached; sum >= 0; sum--) {
      const without = at(probabilities, sum);
      const withIt = sum >= rank ? at(probabilities, sum - rank) : 0;
      probabilities[sum] = (without + withIt) / 2;
    }
  }
  return probabilities;
}

function ranksTo(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i + 1);
}

/** Twice the midrank of each magnitude: whole numbers even where ties share a half rank. */
function doubledMidranks(magnitudes: readonly number[]): number[] {
  const order = magnitudes.map((_, i) => i).sort((a, b) => at(magnitudes, a) - at(magnitudes, b));
  const doubled = new Array<number>(magnitudes.length).fill(0);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && at(magnitudes, at(order, end)) === at(magnitudes, at(order, start))) end++;
    // Ranks start + 1 to end, so their doubled mean is start + 1 + end.
    for (let i = start; i < end; i++) doubled[at(order, i)] = start + 1 + end;
    start = end;
  }
  return doubled;
}

/** The sum of t^3 - t over the groups of t tied values. */
function tieTerm(doubledRanks: readonly number[]): number {
  const sizes = new Map<number, number>();
  for (const rank of doubledRanks) sizes.set(rank, (sizes.get(rank) ?? 0) + 1);
  return [...sizes.values()].reduce((sum, t) => sum + (t ** 3 - t), 0);
}
