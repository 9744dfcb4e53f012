// SPDX-License-Identifier: GPL-2.0-only
/** What the figures of a probe are, as far as statistics and comparisons need to know it. */
import type { StatisticName } from './compare.ts';
import type { Difference, Interval, Levels } from './result.ts';
import type { Samples } from './samples.ts';
import type { Unit } from './unit.ts';

/** One block's figures as columns of equal length; index = order of sending over all paths of the block. */
export interface Observations {
  readonly length: number;
  /** Index into the block's list of paths. */
  readonly path: Uint8Array;
  /** SAMPLE_FLAGS. */
  readonly flags: Uint8Array;
  /** Number of the group of this path's consecutive observations, warm-up not counted. */
  readonly group: Uint16Array;
  /** The figure itself, above 0, in the measure's unit. */
  readonly value: Uint32Array | Float64Array;
}

/**
 * The figure of a kind of probe. Statistics see `Observations` alone; `L` and `D` are the fields under which results.json has
 * the levels of a draw and the difference of a comparison.
 */
export interface Measure<L = Levels, D = Difference> {
  readonly unit: Unit;
  /** Those that runs can be compared by. */
  readonly statistics: readonly StatisticName[];
  observe(samples: Samples): Observations;
  /** The medians of both paths of a draw. */
  levels(reference: number, candidate: number): L;
  referenceOf(levels: L): number;
  /** Candidate minus reference. */
  difference(value: number, interval: Interval | null): D;
}
