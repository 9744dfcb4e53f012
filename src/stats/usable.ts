/** Picks the samples of one path that may enter a statistic, and counts the others. */
import { SAMPLE_FLAGS, type Samples } from '../model/samples.ts';

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
 * and clipped counts as lost. Throws RangeError on a usable round trip of 0 ns: the reader of samples refuses those,
 * so one here is a bug.
 */
export function selectUsable(samples: Samples, path: number): UsableSamples {
  const { length, flags: flagColumn, path: pathColumn, rttNs } = samples;
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
    if (rttNs[i] === 0) throw new RangeError(`sample ${i} has a round trip of 0 ns`);
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
export function pick(column: Uint32Array, indices: Uint32Array): Uint32Array {
  const picked = new Uint32Array(indices.length);
  for (let i = 0; i < indices.length; i++) picked[i] = column[indices[i] ?? 0] ?? 0;
  return picked;
}
