// SPDX-License-Identifier: GPL-2.0-only
/** Bootstrap intervals of a statistic, by resampling groups rather than single transactions. */
import { normalCdf, normalQuantile } from './normal.ts';
import { quantile } from './quantile.ts';
import type { Random } from './random.ts';
import { sortedCopy } from './sorted.ts';

/** What to resample, and how. */
export interface BootstrapPlan {
  /** How many groups there are; a resample is that many indices from 0 to `groups` - 1, drawn with replacement. */
  readonly groups: number;
  /** The statistic of the groups with these indices, an index counting as often as it occurs. */
  readonly statistic: (indices: Uint32Array) => number;
  readonly random: Random;
  /** 2,000 unless told: enough for bounds of 95 % that a second seed moves by a few per cent of their width. */
  readonly resamples?: number;
  /** Coverage, 0.95 unless told. */
  readonly level?: number;
  /** `bca` corrects bias and skewness, at the price of one more evaluation a group. */
  readonly method?: 'percentile' | 'bca';
}

/** The statistic of the data as they are, and its interval, in the unit of the statistic. */
export interface BootstrapInterval {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The bootstrap interval of a statistic over groups (blocks) of transactions that follow one another: neighbours are
 * alike, and a bootstrap of single transactions would give intervals that are far too narrow. Kuensch, "The Jackknife
 * and the Bootstrap for General Stationary Observations", Annals of Statistics 17 (1989), with blocks that do not
 * overlap (Carlstein 1986); percentile and BCa bounds as in Efron and Tibshirani, "An Introduction to the Bootstrap"
 * (1993), chapters 13 and 14. Throws RangeError on fewer than two groups, for which no interval exists.
 */
export function bootstrapInterval(plan: BootstrapPlan): BootstrapInterval {
  const { groups, statistic, random, resamples = 2000, level = 0.95, method = 'percentile' } = plan;
  if (groups < 2) throw new RangeError(`a bootstrap needs two groups, not ${groups}`);
  const estimate = statistic(Uint32Array.from({ length: groups }, (_, i) => i));
  const replicates = new Float64Array(resamples);
  const indices = new Uint32Array(groups);
  for (let b = 0; b < resamples; b++) {
    for (let i = 0; i < groups; i++) indices[i] = random.below(groups);
    replicates[b] = statistic(indices);
  }
  const sorted = sortedCopy(replicates);
  const tails: readonly [number, number] = [(1 - level) / 2, (1 + level) / 2];
  const [low, high] = method === 'bca' ? correctedTails(plan, { estimate, replicates }, tails) : tails;
  return { estimate, low: quantile(sorted, low), high: quantile(sorted, high) };
}

interface Replicates {
  readonly estimate: number;
  readonly replicates: Float64Array;
}

/**
 * The probabilities whose quantiles BCa takes: z0 is the bias in normal units, the acceleration comes from a
 * jackknife.
 */
function correctedTails(
  plan: BootstrapPlan,
  { estimate, replicates }: Replicates,
  tails: readonly [number, number],
): readonly [number, number] {
  let below = 0;
  for (const replicate of replicates) {
    if (replicate < estimate) below += 1;
    else if (replicate === estimate) below += 0.5;
  }
  const share = below / replicates.length;
  // Every resample on one side: the correction is infinite, and the plain percentiles are what is left.
  if (share <= 0 || share >= 1) return tails;
  const z0 = normalQuantile(share);
  const acceleration = jackknifeAcceleration(plan);
  const corrected = (tail: number): number => {
    const z = z0 + normalQuantile(tail);
    const shrink = 1 - acceleration * z;
    return shrink <= 0 ? tail : normalCdf(z0 + z / shrink);
  };
  return [corrected(tails[0]), corrected(tails[1])];
}

function jackknifeAcceleration({ groups, statistic }: BootstrapPlan): number {
  const leftOut = Array.from({ length: groups }, (_, out) =>
    statistic(Uint32Array.from({ length: groups - 1 }, (_, i) => (i < out ? i : i + 1))),
  );
  const mean = leftOut.reduce((sum, value) => sum + value, 0) / groups;
  let squares = 0;
  let cubes = 0;
  for (const value of leftOut) {
    squares += (mean - value) ** 2;
    cubes += (mean - value) ** 3;
  }
  return squares === 0 ? 0 : cubes / (6 * squares ** 1.5);
}
