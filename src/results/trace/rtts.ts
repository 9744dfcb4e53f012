// SPDX-License-Identifier: GPL-2.0-only
/** The prober's own round trips of one path in one block: what a trace is held against. */
import type { Block } from '../../model/block.ts';
import { SAMPLE_FLAGS } from '../../model/samples.ts';
import type { Run } from '../../run-store/read-run.ts';
import { median } from '../../stats/quantile.ts';
import { sortedCopy } from '../../stats/sorted.ts';
import { slicePath } from '../run/path-samples.ts';

export interface BlockRtts {
  /** By number of the transaction on its path, warm-up included; NaN = lost, or its time did not fit. */
  readonly rttNs: Float64Array;
  /** Of those that were measured; null = none was. */
  readonly p50Ns: number | null;
}

const UNKNOWN = SAMPLE_FLAGS.lost | SAMPLE_FLAGS.saturated;

/** Throws SAMPLES_CORRUPT. */
export function rttsOf(run: Run, block: Block, path: string): BlockRtts {
  const index = block.paths.indexOf(path);
  const { samples } = slicePath(run.samples(block), index, block.counts.wallNs);
  const rttNs = Float64Array.from(samples.rttNs, (rtt, i) => ((samples.flags[i] ?? 0) & UNKNOWN ? Number.NaN : rtt));
  const measured = rttNs.filter(
    (rtt, i) => ((samples.flags[i] ?? 0) & SAMPLE_FLAGS.warmup) === 0 && !Number.isNaN(rtt),
  );
  return { rttNs, p50Ns: measured.length === 0 ? null : median(sortedCopy(measured)) };
}
