// SPDX-License-Identifier: GPL-2.0-only
/** Picks the samples of one path that may enter a statistic, and counts the others. */
import type { Observations } from '../model/measure.ts';
import { SAMPLE_FLAGS } from '../model/samples.ts';

/** What became of one path's measured transactions (warm-up not counted). */
export interface SampleCounts {
  /** All measured transactions: n + lost + discarded. */
  readonly sent: number;
  /** Those that statistics are made of. */
  readonly n: number;
  readonly lost: number;
  /** Clipped times: neither their size nor their rank is known. */
  readonly discarded: number;
  /**
   * Among the n: those whose client was switched out against its will. They stay in; hiding them would flatter the
   * path.
   */
  readonly preempted: number;
  /** Among the n: those during which the connection retransmitted. */
  readonly retransmitted: number;
}

/** The usable samples of one path. */
export interface UsableSamples {
  readonly counts: SampleCounts;
  /** Positions in the block's columns, in the order of sending. */
  readonly indices: Uint32Array;
}

const LEFT_OUT = SAMPLE_FLAGS.warmup | SAMPLE_FLAGS.lost | SAMPLE_FLAGS.saturated;

/**
 * Selects the samples of path number `path` that are not warm-up, not lost and not clipped. A sample that is both lost
 * and clipped counts as lost. Throws RangeError on a usable figure of 0: the reader of samples refuses those,
 * so one here is a bug.
 */
export function selectUsable(observations: Omit<Observations, 'group'>, path: number): UsableSamples {
  const { length, flags: flagColumn, path: pathColumn, value } = observations;
  const indices = new Uint32Array(length);
  let n = 0;
  let lost = 0;
  let discarded = 0;
  let preempted = 0;
  let retransmitted = 0;
  for (let i = 0; i < length; i++) {
    if (pathColumn[i] !== path) continue;
    const flags = flagColumn[i] ?? 0;
    if ((flags & LEFT_OUT) !== 0) {
      if ((flags & SAMPLE_FLAGS.warmup) !== 0) continue;
      if ((flags & SAMPLE_FLAGS.lost) !== 0) lost += 1;
      else discarded += 1;
      continue;
    }
    if (value[i] === 0) throw new RangeError(`sample ${i} has the figure 0`);
    if ((flags & SAMPLE_FLAGS.preempted) !== 0) preempted += 1;
    if ((flags & SAMPLE_FLAGS.retransmit) !== 0) retransmitted += 1;
    indices[n] = i;
    n += 1;
  }
  return {
    counts: { sent: n + lost + discarded, n, lost, discarded, preempted, retransmitted },
    indices: indices.slice(0, n),
  };
}

/** One column's values at the given positions. */
export function pick<C extends Uint32Array | Float64Array>(column: C, indices: Uint32Array): C;
export function pick(column: Uint32Array | Float64Array, indices: Uint32Array): Uint32Array | Float64Array {
  const picked = roomFor(column, indices.length);
  for (let i = 0; i < indices.length; i++) picked[i] = column[indices[i] ?? 0] ?? 0;
  return picked;
}

/** An empty column of the same type: whole numbers sort faster, and need half the memory. */
export function roomFor(column: Uint32Array | Float64Array, length: number): Uint32Array | Float64Array {
  return column instanceof Uint32Array ? new Uint32Array(length) : new Float64Array(length);
}
