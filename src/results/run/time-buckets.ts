// SPDX-License-Identifier: GPL-2.0-only
/** A path's samples over time, cut down to buckets that lose no extreme. */

/**
 * Equal stretches of time, each with the least, the middle and the greatest of its samples. A band from least to greatest
 * drawn at the width of a pixel covers every pixel that all samples would: the min-max part of M4 (Jugel, Jerzak,
 * Hackenbroich, Markl, "M4: A Visualization-Oriented Time Series Data Aggregation", PVLDB 7 (2014)); its first and last
 * are for lines between samples, which say nothing here. Points chosen for their look, as in LTTB (Steinarsson, "Downsampling
 * Time Series for Visual Representation", 2013), would leave out most of the slow ones.
 */
export interface TimeBuckets {
  /** Length of a bucket, ns. */
  readonly stepNs: number;
  /** Number of each bucket that has a sample, ascending. */
  readonly bucket: readonly number[];
  readonly minNs: readonly number[];
  readonly midNs: readonly number[];
  readonly maxNs: readonly number[];
  /** Samples in it. */
  readonly n: readonly number[];
  /** Start of each lost transaction, ns, or of as many as can be told apart; `lostCount` is of all. */
  readonly lostNs: readonly number[];
  readonly lostCount: number;
  /** Where the blocks of this path began, ns. */
  readonly blocksNs: readonly number[];
  readonly endNs: number;
}

export interface TimedSamples {
  readonly rttNs: Uint32Array;
  /** In the order of sending; blocks one after the other. */
  readonly atTicks: Uint32Array;
  readonly lostTicks: Uint32Array;
  readonly tickNs: number;
  readonly blocksNs: readonly number[];
}

/** Twice the pixels of a chart, so that there is something to zoom into. */
const MOST_BUCKETS = 2000;
const MOST_LOSSES = 2000;

export function timeBuckets({ rttNs, atTicks, lostTicks, tickNs, blocksNs }: TimedSamples): TimeBuckets {
  const lastTick = Math.max(lastOf(atTicks), lastOf(lostTicks), 1);
  const stepTicks = Math.max(1, Math.ceil((lastTick + 1) / MOST_BUCKETS));
  const buckets = { bucket: [] as number[], minNs: [] as number[], midNs: [] as number[], maxNs: [] as number[] };
  const n: number[] = [];
  // Starts never fall within a path: what is in one bucket stands together.
  for (let from = 0; from < rttNs.length; ) {
    const number = Math.floor((atTicks[from] ?? 0) / stepTicks);
    let to = from + 1;
    while (to < rttNs.length && Math.floor((atTicks[to] ?? 0) / stepTicks) === number) to += 1;
    const sorted = rttNs.slice(from, to).sort();
    buckets.bucket.push(number);
    buckets.minNs.push(sorted[0] ?? 0);
    buckets.midNs.push(sorted[(sorted.length - 1) >> 1] ?? 0);
    buckets.maxNs.push(sorted[sorted.length - 1] ?? 0);
    n.push(sorted.length);
    from = to;
  }
  return {
    ...buckets,
    n,
    stepNs: stepTicks * tickNs,
    lostNs: thinned(lostTicks).map((tick) => tick * tickNs),
    lostCount: lostTicks.length,
    blocksNs,
    endNs: (lastTick + 1) * tickNs,
  };
}

function lastOf(column: Uint32Array): number {
  return column[column.length - 1] ?? 0;
}

function thinned(ticks: Uint32Array): number[] {
  const each = Math.max(1, Math.ceil(ticks.length / MOST_LOSSES));
  return [...ticks].filter((_, index) => index % each === 0);
}
