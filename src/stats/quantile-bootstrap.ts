// SPDX-License-Identifier: GPL-2.0-only
/** The bootstrap interval of a quantile over groups, fast enough for a million samples. */
import { at } from './at.ts';
import { bootstrapInterval } from './bootstrap.ts';
import type { Random } from './random.ts';

/** Samples with the group each belongs to, and the quantile that is asked for. */
export interface QuantileBootstrap {
  /** Whole numbers below 2^32, in any order. */
  readonly values: Uint32Array;
  /** The group of each value. */
  readonly groups: Uint16Array;
  /** Probability of the quantile, 0 to 1. */
  readonly p: number;
  readonly random: Random;
  readonly resamples?: number;
  readonly level?: number;
}

/** Fewer groups than this give no interval: their resamples take too few values to have tails. */
const LEAST_GROUPS = 8;

/**
 * The percentile interval of the type 7 quantile of all values when whole groups are resampled (see
 * `bootstrapInterval`), in the unit of the values; null with fewer than 8 groups. Nothing is sorted again: the values
 * are sorted once, a resample is a weight per group, and its quantile is found by walking from the quantile of all
 * values to where the weights balance.
 */
export function quantileInterval(input: QuantileBootstrap): { readonly low: number; readonly high: number } | null {
  const { p, random, resamples = 1000, level = 0.95 } = input;
  const walk = planWalk(input);
  const groups = walk.sizes.length;
  if (groups < LEAST_GROUPS) return null;
  const weights = new Uint32Array(groups);
  const { low, high } = bootstrapInterval({
    groups,
    random,
    resamples,
    level,
    statistic: (indices) => {
      weights.fill(0);
      for (const index of indices) weights[index] = at(weights, index) + 1;
      return weightedQuantile(walk, weights, p);
    },
  });
  return { low, high };
}

interface Walk {
  /** All values, ascending. */
  readonly sorted: Float64Array;
  /** The group of each of them, numbered from 0 without gaps. */
  readonly owner: Uint32Array;
  /** Where the walk starts: the position of the quantile of all values. */
  readonly start: number;
  /** Per group: how many values it has, and how many of them lie before `start`. */
  readonly sizes: Uint32Array;
  readonly before: Uint32Array;
}

function planWalk({ values, groups, p }: QuantileBootstrap): Walk {
  const { length } = values;
  if (groups.length !== length) throw new RangeError(`${length} values with ${groups.length} group numbers`);
  const dense = denseNumbers(groups);
  // Value and group in one double (32 + 16 bits): the engine's numeric sort carries the group along.
  const keys = new Float64Array(length);
  for (let i = 0; i < length; i++) keys[i] = (values[i] ?? 0) * 65536 + (dense.of[groups[i] ?? 0] ?? 0);
  keys.sort();
  const sorted = new Float64Array(length);
  const owner = new Uint32Array(length);
  const sizes = new Uint32Array(dense.count);
  const before = new Uint32Array(dense.count);
  const start = Math.floor(Math.max(0, length - 1) * p);
  for (let i = 0; i < length; i++) {
    const key = keys[i] ?? 0;
    const value = Math.floor(key / 65536);
    const group = key - value * 65536;
    sorted[i] = value;
    owner[i] = group;
    sizes[group] = (sizes[group] ?? 0) + 1;
    if (i < start) before[group] = (before[group] ?? 0) + 1;
  }
  return { sorted, owner, start, sizes, before };
}

/** Numbers the groups that occur from 0, without gaps. */
function denseNumbers(groups: Uint16Array): { readonly of: Uint16Array; readonly count: number } {
  const seen = new Uint8Array(65536);
  for (let i = 0; i < groups.length; i++) seen[groups[i] ?? 0] = 1;
  const of = new Uint16Array(65536);
  let count = 0;
  for (let group = 0; group < seen.length; group++) {
    if (seen[group] !== 1) continue;
    of[group] = count;
    count += 1;
  }
  return { of, count };
}

/** The type 7 quantile of the values when each counts as often as its group's weight says. */
function weightedQuantile({ sorted, owner, start, sizes, before }: Walk, weights: Uint32Array, p: number): number {
  let total = 0;
  let passed = 0;
  for (let group = 0; group < sizes.length; group++) {
    const weight = weights[group] ?? 0;
    total += weight * (sizes[group] ?? 0);
    passed += weight * (before[group] ?? 0);
  }
  const rank = (total - 1) * p;
  const wanted = Math.floor(rank);
  // `passed` is the weight of everything before `position`: the value there covers ranks passed to passed + weight - 1.
  let position = start;
  while (passed > wanted) {
    position -= 1;
    passed -= weights[owner[position] ?? 0] ?? 0;
  }
  const advance = (rankToCover: number): number => {
    for (;;) {
      const weight = weights[owner[position] ?? 0] ?? 0;
      if (passed + weight > rankToCover) return sorted[position] ?? Number.NaN;
      passed += weight;
      position += 1;
    }
  };
  const low = advance(wanted);
  const share = rank - wanted;
  return share === 0 ? low : low + share * (advance(wanted + 1) - low);
}
