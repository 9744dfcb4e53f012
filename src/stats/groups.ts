// SPDX-License-Identifier: GPL-2.0-only
/** Groups of a path's consecutive transactions, and the statistics that stand for each group. */
import type { Observations } from '../model/measure.ts';
import { at } from './at.ts';
import { median, midmean, quantile } from './quantile.ts';
import { sortedCopy } from './sorted.ts';
import { roomFor, type SampleCounts, selectUsable } from './usable.ts';

/** The statistics that can stand for a group. */
export type GroupStatistic = 'p50' | 'p25' | 'midmean';

/** The groups of one path in one block that are complete enough; all arrays have one element a group. */
export interface PathGroups {
  readonly counts: SampleCounts;
  /** Group numbers, ascending; a number that is missing had too many losses or was cut short. */
  readonly numbers: Uint32Array;
  /** In the measure's unit. */
  readonly p50: Float64Array;
  readonly p25: Float64Array;
  readonly midmean: Float64Array;
  /** How many groups had samples, but too few. */
  readonly incomplete: number;
}

/** A group speaks for its stretch of time while at least this share of its transactions is usable. */
const LEAST_SHARE = 0.8;

/**
 * The groups of path number `path`, each with the quantiles of its usable figures (type 7) and the midmean of
 * their 10 to 60 %. Groups with fewer than 80 % of `groupSize` usable samples are left out and counted. A million
 * samples take about a tenth of a second. Throws RangeError on a group size that is not a whole number above 0.
 */
export function groupPath(observations: Observations, path: number, groupSize: number): PathGroups {
  if (!Number.isInteger(groupSize) || groupSize < 1) throw new RangeError(`a group of ${groupSize} transactions`);
  const { counts, indices } = selectUsable(observations, path);
  const { values, ends } = gather(observations, indices);
  const least = Math.ceil(LEAST_SHARE * groupSize);

  const kept: number[] = [];
  let incomplete = 0;
  for (let group = 0; group < ends.length; group++) {
    const size = at(ends, group) - startOf(ends, group);
    if (size >= least) kept.push(group);
    else if (size > 0) incomplete += 1;
  }

  const p50 = new Float64Array(kept.length);
  const p25 = new Float64Array(kept.length);
  const mid = new Float64Array(kept.length);
  kept.forEach((group, i) => {
    const sorted = sortedCopy(values.subarray(startOf(ends, group), at(ends, group)));
    p50[i] = median(sorted);
    p25[i] = quantile(sorted, 0.25);
    mid[i] = midmean(sorted);
  });
  return { counts, numbers: Uint32Array.from(kept), p50, p25, midmean: mid, incomplete };
}

/** Two paths' statistics of the groups that both have, in the order of time. */
export interface PairedGroups {
  readonly numbers: Uint32Array;
  readonly first: Float64Array;
  readonly second: Float64Array;
}

/** Pairs two paths by group number: the same number is the same stretch of the block, under the same disturbances. */
export function pairGroups(first: PathGroups, second: PathGroups, statistic: GroupStatistic): PairedGroups {
  const positions = new Map<number, number>();
  second.numbers.forEach((number, position) => {
    positions.set(number, position);
  });
  const numbers: number[] = [];
  const ours: number[] = [];
  const theirs: number[] = [];
  first.numbers.forEach((number, position) => {
    const other = positions.get(number);
    if (other === undefined) return;
    numbers.push(number);
    ours.push(at(first[statistic], position));
    theirs.push(at(second[statistic], other));
  });
  return {
    numbers: Uint32Array.from(numbers),
    first: Float64Array.from(ours),
    second: Float64Array.from(theirs),
  };
}

/** The figures laid out group after group (a counting sort), and where each group ends. */
function gather(
  { group: groupColumn, value }: Observations,
  indices: Uint32Array,
): { readonly values: Uint32Array | Float64Array; readonly ends: Uint32Array } {
  let groups = 0;
  for (let i = 0; i < indices.length; i++) groups = Math.max(groups, (groupColumn[indices[i] ?? 0] ?? 0) + 1);
  const sizes = new Uint32Array(groups);
  for (let i = 0; i < indices.length; i++) {
    const group = groupColumn[indices[i] ?? 0] ?? 0;
    sizes[group] = (sizes[group] ?? 0) + 1;
  }
  const ends = new Uint32Array(groups);
  let filled = 0;
  for (let group = 0; group < groups; group++) {
    ends[group] = filled;
    filled += sizes[group] ?? 0;
  }
  // `ends` holds the starts until each group has been written up to its end.
  const values = roomFor(value, indices.length);
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i] ?? 0;
    const group = groupColumn[index] ?? 0;
    const place = ends[group] ?? 0;
    values[place] = value[index] ?? 0;
    ends[group] = place + 1;
  }
  return { values, ends };
}

function startOf(ends: Uint32Array, group: number): number {
  return group === 0 ? 0 : at(ends, group - 1);
}
