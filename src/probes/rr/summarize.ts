// SPDX-License-Identifier: GPL-2.0-only
/** The figures of one row of the table: one path's samples of one block. */
import type { Interval, LatencyCell } from '../../model/result.ts';
import { SAMPLE_FLAGS, type Samples } from '../../model/samples.ts';
import { moments } from '../../stats/moments.ts';
import { median, quantile } from '../../stats/quantile.ts';
import { quantileInterval } from '../../stats/quantile-bootstrap.ts';
import { createRandom } from '../../stats/random.ts';
import { type Sorted, sortedCopy } from '../../stats/sorted.ts';
import { pick, type SampleCounts, selectUsable } from '../../stats/usable.ts';
import type { PathOfBlock, SummaryOutcome } from '../probe.ts';
import { roundTrip } from './round-trip.ts';

/** A p99.9 of fewer samples is the story of ten transactions or fewer. */
const LEAST_FOR_P999 = 10_000;

/**
 * Summarizes the service times of one path: ns, quantiles of type 7, p50 with a 95 % bootstrap interval over groups
 * (within this draw alone), p99.9 from 10,000 samples.
 *
 * `transactionsPerSecond` is a rate of the *path*, not of the rotation: back to back it is 1e9 / mean service time,
 * what a client that used this path alone would count at this latency (netperf's figure); paced, it is the usable
 * transactions per second of the path's share of the wall time, its share being that of the transactions that were
 * sent. Losses lower the paced rate, and not the back-to-back one, which says how fast what came back was.
 *
 * `wakeupShare` is the median share of the RTT that lies after the kernel's receive stamp, `response` the time from
 * the intended start, which a stalled sender cannot hide in (null back to back, where both times are the same).
 */
export function summarizePath({ probe, samples, path, wallNs, seed }: PathOfBlock): SummaryOutcome<LatencyCell> {
  const { paceNs } = probe;
  const { counts, indices } = selectUsable(roundTrip.observe(samples), path);
  if (counts.n === 0) return { kind: 'empty', counts };
  const times = pick(samples.rttNs, indices);
  const sorted = sortedCopy(times);
  const { mean, stddev } = moments(times);
  const summary = {
    n: counts.n,
    lost: counts.lost,
    discarded: counts.discarded,
    preempted: counts.preempted,
    retransmitted: counts.retransmitted,
    minNs: quantile(sorted, 0),
    meanNs: mean,
    p50Ns: median(sorted),
    p50Interval: medianInterval(samples, { times, indices, seed }),
    p90Ns: quantile(sorted, 0.9),
    p99Ns: quantile(sorted, 0.99),
    p999Ns: counts.n >= LEAST_FOR_P999 ? quantile(sorted, 0.999) : null,
    maxNs: quantile(sorted, 1),
    stddevNs: stddev,
    transactionsPerSecond: paceNs === 0 ? 1e9 / mean : pacedRate(samples, counts, wallNs),
    response: paceNs === 0 ? null : responseOf(samples, indices),
    wakeupShare: medianOrNull(wakeupShares(samples, indices)),
    serverP50Ns: medianOrNull(serverTimes(samples, indices)),
  } satisfies Partial<LatencyCell>;
  return { kind: 'summary', summary };
}

interface PickedTimes {
  readonly times: Uint32Array;
  readonly indices: Uint32Array;
  readonly seed: number;
}

function medianInterval(samples: Samples, { times, indices, seed }: PickedTimes): Interval | null {
  const groups = new Uint16Array(indices.length);
  for (let i = 0; i < indices.length; i++) groups[i] = samples.group[indices[i] ?? 0] ?? 0;
  return quantileInterval({ values: times, groups, p: 0.5, random: createRandom(seed) });
}

function pacedRate(samples: Samples, counts: SampleCounts, wallNs: number): number {
  if (!(wallNs > 0)) throw new RangeError(`a paced block cannot have lasted ${wallNs} ns`);
  let sentByAll = 0;
  for (let i = 0; i < samples.length; i++) {
    if (((samples.flags[i] ?? 0) & SAMPLE_FLAGS.warmup) === 0) sentByAll += 1;
  }
  const shareNs = wallNs * (counts.sent / sentByAll);
  return (counts.n * 1e9) / shareNs;
}

function responseOf(samples: Samples, indices: Uint32Array): { readonly p50Ns: number; readonly p99Ns: number } {
  const response = new Float64Array(indices.length);
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i] ?? 0;
    response[i] = (samples.rttNs[index] ?? 0) + (samples.lateNs[index] ?? 0);
  }
  const sorted = sortedCopy(response);
  return { p50Ns: median(sorted), p99Ns: quantile(sorted, 0.99) };
}

function wakeupShares(samples: Samples, indices: Uint32Array): Sorted {
  const stamped = indices.filter((index) => ((samples.flags[index] ?? 0) & SAMPLE_FLAGS.kernelStamp) !== 0);
  return sortedCopy(
    Float64Array.from(stamped, (index) => {
      const rtt = samples.rttNs[index] ?? 0;
      return (rtt - (samples.kernelReceiveNs[index] ?? 0)) / rtt;
    }),
  );
}

function serverTimes(samples: Samples, indices: Uint32Array): Sorted {
  const stamped = indices.filter((index) => ((samples.flags[index] ?? 0) & SAMPLE_FLAGS.serverStamp) !== 0);
  return sortedCopy(pick(samples.serverNs, stamped));
}

function medianOrNull(sorted: Sorted): number | null {
  return sorted.length === 0 ? null : median(sorted);
}
