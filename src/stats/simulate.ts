// SPDX-License-Identifier: GPL-2.0-only
/** Simulated blocks with the faults of real ones: they show how often a method errs, and how fine it resolves. */
import { emptySamples, SAMPLE_FLAGS, type Samples } from '../model/samples.ts';
import { at } from './at.ts';
import { type Random, shuffled } from './random.ts';

/** A simulated block. Spreads are standard deviations of ln(RTT): 0.01 is 1 %. */
export interface SimulatedBlock {
  readonly random: Random;
  readonly transactionsPerPath: number;
  /** ln of each path's level against the common one: planted effect plus the NIC's offset of this plugging. */
  readonly logOffsets: readonly number[];
  /** `rotation`: every path once a round, in random order. `blocks`: a whole group of one path, then of the next. */
  readonly layout: 'rotation' | 'blocks';
  readonly groupSize?: number;
  readonly warmupPerPath?: number;
  readonly medianNs?: number;
  /** Slow wandering of the machine, common to all paths: an AR(1) process from one transaction to the next. */
  readonly driftStddev?: number;
  readonly driftPersistence?: number;
  /** A disturbance that holds for `groupSize` transactions in a row, whoever sends them. */
  readonly burstStddev?: number;
  /** Of one transaction. */
  readonly noiseStddev?: number;
  /**
   * Share of transactions that are hit by something else, and lengthened by a Pareto factor (exponent 3, at least 1.5
   * x).
   */
  readonly tailShare?: number;
}

/**
 * Samples as the prober would have recorded them, back to back. The defaults are meant to be like an emulated machine
 * on a busy shared host: 10 % for a transaction, 8 % of drift with a memory of 200 transactions, bursts of 6 %, a
 * heavy tail on 2 %.
 */
export function simulateBlock(block: SimulatedBlock): Samples {
  const { random, transactionsPerPath, logOffsets, groupSize = 50, warmupPerPath = 0, medianNs = 300_000 } = block;
  const {
    driftStddev = 0.08,
    driftPersistence = 0.995,
    burstStddev = 0.06,
    noiseStddev = 0.1,
    tailShare = 0.02,
  } = block;
  const order = sendingOrder(block, transactionsPerPath + warmupPerPath, groupSize);
  const samples = emptySamples(order.length);
  const step = Math.sqrt(1 - driftPersistence ** 2);
  const sent = new Uint32Array(logOffsets.length);
  let drift = random.normal();
  let burst = 0;
  let now = 0;
  for (let i = 0; i < order.length; i++) {
    const path = at(order, i);
    drift = driftPersistence * drift + step * random.normal();
    if (i % groupSize === 0) burst = random.normal();
    const tail = random.unit() < tailShare ? Math.log(1.5) - Math.log(1 - random.unit()) / 3 : 0;
    const noise = driftStddev * drift + burstStddev * burst + noiseStddev * random.normal() + tail;
    const rtt = Math.min(2 ** 32 - 1, Math.round(medianNs * Math.exp(at(logOffsets, path) + noise)));
    const count = at(sent, path);
    sent[path] = count + 1;
    samples.seq[i] = i;
    samples.path[i] = path;
    samples.flags[i] = count < warmupPerPath ? SAMPLE_FLAGS.warmup : 0;
    samples.group[i] = Math.floor(Math.max(0, count - warmupPerPath) / groupSize);
    samples.schedNs[i] = BigInt(now);
    samples.rttNs[i] = rtt;
    now += rtt;
  }
  return samples;
}

/** Path numbers in the order of sending. */
function sendingOrder(block: SimulatedBlock, perPath: number, groupSize: number): Uint8Array {
  const { random, logOffsets, layout } = block;
  const paths = logOffsets.map((_, path) => path);
  const run = layout === 'rotation' ? 1 : groupSize;
  const order = new Uint8Array(perPath * paths.length);
  let filled = 0;
  for (let round = 0; round * run < perPath; round++) {
    const length = Math.min(run, perPath - round * run);
    for (const path of shuffled(paths, random)) {
      order.fill(path, filled, filled + length);
      filled += length;
    }
  }
  return order;
}
