// SPDX-License-Identifier: GPL-2.0-only
/** The prober's own round trips beside the traced ones: what no step covers. */
import { SAMPLE_FLAGS, type Samples } from '../../model/samples.ts';
import type { Remainder } from '../../model/trace-breakdown.ts';
import { TIMELINE_FLAGS, type Timelines } from '../../model/trace-timelines.ts';
import { quantile } from '../../stats/quantile.ts';
import { sortedCopy } from '../../stats/sorted.ts';

const LEFT_OUT = SAMPLE_FLAGS.lost | SAMPLE_FLAGS.saturated;

/** Samples of a block, and which of its paths the timelines are of. */
export interface SampledPath {
  readonly samples: Samples;
  /** Index into the block's paths. */
  readonly path: number;
  /** order: TCP's numbers count the path's own transactions; seq: UDP's are the prober's over all paths. */
  readonly numbering: 'order' | 'seq';
}

/**
 * null where no transaction has both.
 */
export function remainderOf(timelines: Timelines, { samples, path, numbering }: SampledPath): Remainder | null {
  const ofPath: number[] = [];
  const bySeq = new Map<number, number>();
  for (let i = 0; i < samples.length; i++) {
    if (samples.path[i] !== path) continue;
    ofPath.push(i);
    bySeq.set(samples.seq[i] ?? 0, i);
  }
  const rtts: number[] = [];
  const rests: number[] = [];
  for (let t = 0; t < timelines.length; t++) {
    const number = timelines.number[t] ?? 0;
    const sample = numbering === 'seq' ? bySeq.get(number) : ofPath[number];
    if (sample === undefined || ((samples.flags[sample] ?? 0) & LEFT_OUT) !== 0) continue;
    if (((timelines.flags[t] ?? 0) & TIMELINE_FLAGS.retransmitted) !== 0) continue;
    const rttNs = samples.rttNs[sample] ?? 0;
    rtts.push(rttNs);
    rests.push(rttNs - (timelines.atNs[(timelines.first[t + 1] ?? 0) - 1] ?? 0));
  }
  if (rests.length === 0) return null;
  const sorted = sortedCopy(rests);
  const mean = (values: readonly number[]) => values.reduce((sum, ns) => sum + ns, 0) / values.length;
  const [meanNs, meanRttNs] = [mean(rests), mean(rtts)];
  return {
    transactions: rests.length,
    ...{ meanNs, p50Ns: quantile(sorted, 0.5), p99Ns: quantile(sorted, 0.99), share: meanNs / meanRttNs },
    ...{ meanRttNs, p50RttNs: quantile(sortedCopy(rtts), 0.5) },
  };
}
