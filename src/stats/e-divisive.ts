// SPDX-License-Identifier: GPL-2.0-only
/** Finds where the level or the spread of a series changed: E-divisive, with a permutation test for every place. */
import { createRandom, type Random } from './random.ts';

export interface DivisiveOptions {
  /** Points on each side of a change, at least 2. */
  readonly least?: number;
  /** A place is a change if its p value is at most this. */
  readonly alpha?: number;
  /** Most permutations for one place, 999 up to 200 points and 199 beyond; a place that is plainly none takes far fewer. */
  readonly permutations?: number;
  readonly seed?: number;
}

export interface Division {
  /** The first point at the new level. */
  readonly index: number;
  readonly pValue: number;
}

const LEAST_SEGMENT = 3;
/** Fewer points have too few orders for a permutation test to be significant, or nearly so. */
export const LEAST_POINTS = 10;

/**
 * The changes of a series, in the order of their places. Matteson and James, "A Nonparametric Approach for Multiple Change
 * Point Analysis of Multivariate Data", Journal of the American Statistical Association 109 (2014), for one dimension and
 * exponent 1: the place whose two neighbouring stretches have the largest energy distance (Szekely and Rizzo, 2005), scaled by
 * mn / (m + n), divides; its p value is the share of permutations, within the stretches found so far, that reach as much;
 * the search ends at the first that is not significant, so that a series without a change has one in 5 % of cases, however
 * long it is. It asks nothing of the shape of the noise, which is why MongoDB took it for performance series: Daly et al., "The
 * Use of Change Point Detection to Identify Software Performance Regressions in a Continuous Integration System", ICPE 2020.
 *
 * The values are replaced by their ranks first: a single wild run then weighs as one run. The second stretch may end before
 * the series does, as in the paper, so that a bump is found whose two edges would cancel. A permutation test may stop early
 * (Besag and Clifford, "Sequential Monte Carlo p-values", Biometrika 78, 1991). Time grows with the square of the length: 1,000
 * points take about half a second. Throws RangeError on `least` below 2.
 */
export function divisions(values: readonly number[], options: DivisiveOptions = {}): Division[] {
  const { least = LEAST_SEGMENT, alpha = 0.05, seed = 1 } = options;
  const { permutations = values.length <= 200 ? 999 : 199 } = options;
  if (least < 2) throw new RangeError(`a stretch of ${least} points has no spread`);
  if (values.length < Math.max(LEAST_POINTS, 2 * least)) return [];
  const random = createRandom(seed);
  const ranks = ranksOf(values);
  const bounds = [0, values.length];
  const found: Division[] = [];
  for (;;) {
    const best = bestSplit(ranks, bounds, least);
    if (best === null) break;
    const pValue = permutationP({ ranks, bounds, least, observed: best.statistic, permutations, alpha, random });
    if (pValue > alpha) break;
    found.push({ index: best.index, pValue });
    bounds.push(best.index);
    bounds.sort((a, b) => a - b);
  }
  return found.sort((a, b) => a.index - b.index);
}

interface Split {
  readonly index: number;
  readonly statistic: number;
}

/** Over all stretches; null where none is long enough to be divided. */
function bestSplit(ranks: Float64Array, bounds: readonly number[], least: number): Split | null {
  let best: Split | null = null;
  for (let i = 0; i + 1 < bounds.length; i++) {
    const [from, to] = [bounds[i] ?? 0, bounds[i + 1] ?? 0];
    if (to - from < 2 * least) continue;
    const split = splitOf(ranks.subarray(from, to), least);
    if (best === null || split.statistic > best.statistic) {
      best = { index: from + split.index, statistic: split.statistic };
    }
  }
  return best;
}

/**
 * The best place in one stretch. With S(a, b) the sum of all distances between points of a and points of b, the statistic of X
 * (m points) and Y (n points) is mn / (m + n) (2 S(X, Y) / mn - S(X, X) / C(m, 2) - S(Y, Y) / C(n, 2)), S(X, X) over pairs.
 */
function splitOf(values: Float64Array, least: number): Split {
  const n = values.length;
  // Row i: the distances of point i to the points before it, summed: S over any two stretches is a difference of such.
  const inside = new Float64Array(n + 1);
  const best = { index: least, statistic: Number.NEGATIVE_INFINITY };
  const toFirst = new Float64Array(n);
  for (let k = 1; k < n; k++) {
    let sum = 0;
    for (let i = 0; i < k; i++) sum += Math.abs((values[k] ?? 0) - (values[i] ?? 0));
    inside[k + 1] = (inside[k] ?? 0) + sum;
  }
  for (let split = 1; split <= n - least; split++) {
    // toFirst[k]: distances of point k to the points before `split`.
    const added = values[split - 1] ?? 0;
    for (let k = split; k < n; k++) toFirst[k] = (toFirst[k] ?? 0) + Math.abs((values[k] ?? 0) - added);
    if (split < least) continue;
    let between = 0;
    const within = inside[split] ?? 0;
    const m = split;
    for (let end = split; end < n; end++) {
      between += toFirst[end] ?? 0;
      const size = end + 1 - split;
      if (size < least) continue;
      const later = (inside[end + 1] ?? 0) - within - between;
      const statistic =
        ((m * size) / (m + size)) *
        ((2 * between) / (m * size) - within / ((m * (m - 1)) / 2) - later / ((size * (size - 1)) / 2));
      if (statistic > best.statistic) {
        best.statistic = statistic;
        best.index = split;
      }
    }
  }
  return best;
}

interface PermutationTest {
  readonly ranks: Float64Array;
  readonly bounds: readonly number[];
  readonly least: number;
  readonly observed: number;
  readonly permutations: number;
  readonly alpha: number;
  readonly random: Random;
}

/** (exceedances + 1) / (permutations + 1); ends as soon as it cannot be significant any more. */
function permutationP({ ranks, bounds, least, observed, permutations, alpha, random }: PermutationTest): number {
  const most = Math.floor(alpha * (permutations + 1));
  const copy = ranks.slice();
  let reached = 0;
  for (let done = 1; done <= permutations; done++) {
    for (let i = 0; i + 1 < bounds.length; i++) shuffle(copy, bounds[i] ?? 0, bounds[i + 1] ?? 0, random);
    const split = bestSplit(copy, bounds, least);
    if (split !== null && split.statistic >= observed - 1e-9) reached += 1;
    if (reached >= most) return (reached + 1) / (done + 1);
  }
  return (reached + 1) / (permutations + 1);
}

/** In place, every order equally likely (Fisher and Yates, as Durstenfeld, Communications of the ACM 7, 1964). */
function shuffle(values: Float64Array, from: number, to: number, random: Random): void {
  for (let last = to - 1; last > from; last--) {
    const other = from + random.below(last - from + 1);
    const kept = values[last] ?? 0;
    values[last] = values[other] ?? 0;
    values[other] = kept;
  }
}

/** Ranks from 1; equal values share the mean of theirs. */
function ranksOf(values: readonly number[]): Float64Array {
  const order = values.map((_, index) => index).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const ranks = new Float64Array(values.length);
  for (let first = 0; first < order.length; ) {
    let last = first;
    while (last + 1 < order.length && values[order[last + 1] ?? 0] === values[order[first] ?? 0]) last += 1;
    for (let i = first; i <= last; i++) ranks[order[i] ?? 0] = (first + last) / 2 + 1;
    first = last + 1;
  }
  return ranks;
}
