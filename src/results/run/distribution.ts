// SPDX-License-Identifier: GPL-2.0-only
/** What the pictures of a run are drawn from: each path's samples, cut down to what can be seen, with no extreme lost. */
import type { Block } from '../../model/block.ts';
import { HoplabError } from '../../model/errors.ts';
import type { ProbeSpec } from '../../model/probe-spec.ts';
import type { CellSummary, Report } from '../../model/result.ts';
import { SAMPLE_FLAGS, type Samples } from '../../model/samples.ts';
import { probeOf } from '../../probes/index.ts';
import type { Run } from '../../run-store/read-run.ts';
import { quantile } from '../../stats/quantile.ts';
import { type Sorted, sortedCopy } from '../../stats/sorted.ts';
import { type GrowingColumn, growingColumn } from './growing-column.ts';
import { type LogBins, logBins } from './log-bins.ts';
import { type TimeBuckets, timeBuckets } from './time-buckets.ts';

/** One path under one probe in the overview; all times are service times in ns. */
export interface Distribution {
  readonly path: string;
  readonly backend: string;
  readonly twinOf: string | null;
  readonly probe: string;
  readonly k: number;
  readonly n: number;
  readonly lost: number;
  /** At the ranks of QUANTILES that `n` can resolve, by the method of the table. */
  readonly quantiles: readonly QuantilePoint[];
  /** Order statistics from the least to the greatest, as many as a curve needs. */
  readonly curve: readonly CurvePoint[];
  readonly bins: LogBins;
  readonly time: TimeBuckets;
}

interface QuantilePoint {
  /** A probability. */
  readonly p: number;
  readonly ns: number;
}

/** `below` of all samples are at most `ns`. */
interface CurvePoint {
  readonly below: number;
  readonly ns: number;
}

/** The ranks of the table beside the curves. */
export const QUANTILES: readonly number[] = [0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 1];

/** The overview's samples of each row of round trips, in the order of the report. Reads one block's samples at a time. */
export function readDistributions(run: Run, report: Report): Distribution[] {
  return report.probes.flatMap(({ probe, cells }) => {
    if (probeOf(probe.protocol).unit !== 'ns') return [];
    const gathered = new Map(cells.map((cell) => [cell.path, newGathered()]));
    let startNs = 0;
    for (const block of run.blocks) {
      if (block.part !== 'overview' || block.probe !== probe.name) continue;
      startNs += gather(run, block, startNs, gathered);
    }
    return cells.flatMap((cell) => {
      const found = gathered.get(cell.path);
      return found === undefined || found.rttNs.length === 0 ? [] : [describe(cell, probe, found)];
    });
  });
}

interface Gathered {
  /** Usable round trips, in the order of sending. */
  readonly rttNs: GrowingColumn;
  /** Their starts, in units of `TICK_NS` after the first block's start; blocks follow each other without a gap. */
  readonly atTicks: GrowingColumn;
  /** Starts of the transactions that were lost. */
  readonly lostTicks: GrowingColumn;
  /** Where a block of this path began. */
  readonly blocks: number[];
}

/** 32 bits of it are 1.2 hours of measuring. */
const TICK_NS = 1000;

function newGathered(): Gathered {
  return { rttNs: growingColumn(), atTicks: growingColumn(), lostTicks: growingColumn(), blocks: [] };
}

const LEFT_OUT = SAMPLE_FLAGS.warmup | SAMPLE_FLAGS.saturated;

/** Adds one block; returns how long its measured part was, in ns. */
function gather(run: Run, block: Block, startNs: number, gathered: ReadonlyMap<string, Gathered>): number {
  let samples: Samples;
  try {
    samples = run.samples(block);
  } catch (error) {
    // The report has it as a failed cell.
    if (error instanceof HoplabError) return 0;
    throw error;
  }
  const paths = block.paths.map((name) => gathered.get(name));
  for (const path of new Set(paths)) path?.blocks.push(startNs);
  const firstNs = firstMeasured(samples);
  let lastNs = 0;
  for (let i = 0; i < samples.length; i++) {
    const flags = samples.flags[i] ?? 0;
    if ((flags & LEFT_OUT) !== 0) continue;
    const rttNs = samples.rttNs[i] ?? 0;
    const atNs = Math.max(0, Number(samples.schedNs[i] ?? 0n) - firstNs) + (samples.lateNs[i] ?? 0);
    lastNs = Math.max(lastNs, atNs + rttNs);
    const path = paths[samples.path[i] ?? 0];
    const at = Math.floor((startNs + atNs) / TICK_NS);
    if (path === undefined || at > 0xffff_ffff) continue;
    if ((flags & SAMPLE_FLAGS.lost) !== 0) path.lostTicks.add(at);
    else {
      path.rttNs.add(rttNs);
      path.atTicks.add(at);
    }
  }
  return lastNs;
}

function firstMeasured({ length, flags, schedNs }: Samples): number {
  for (let i = 0; i < length; i++) {
    if (((flags[i] ?? 0) & SAMPLE_FLAGS.warmup) === 0) return Number(schedNs[i] ?? 0n);
  }
  return 0;
}

function describe({ path, backend, twinOf, k }: CellSummary, probe: ProbeSpec, found: Gathered): Distribution {
  const rttNs = found.rttNs.values();
  const sorted = sortedCopy(rttNs);
  return {
    path,
    backend,
    twinOf,
    probe: probe.name,
    k,
    n: sorted.length,
    lost: found.lostTicks.length,
    quantiles: QUANTILES.filter((p) => isResolved(p, sorted.length)).map((p) => ({ p, ns: quantile(sorted, p) })),
    curve: curveOf(sorted),
    bins: logBins(sorted),
    time: timeBuckets({
      rttNs,
      atTicks: found.atTicks.values(),
      lostTicks: found.lostTicks.values(),
      tickNs: TICK_NS,
      blocksNs: found.blocks,
    }),
  };
}

/** Ten samples beyond a quantile are the least that say anything of it; the extremes are what they are. */
function isResolved(p: number, n: number): boolean {
  return p === 0 || p === 1 || (n * (1 - p) >= 9.999 && n * p >= 9.999);
}

/** Steps of the middle, and of each tail per decade of what is beyond. */
const MIDDLE_STEPS = 160;
const TAIL_STEPS = 16;

/**
 * Evenly over the ranks, and evenly over the logarithm of what is left at both ends: nowhere is a curve that is drawn
 * through them off by more than 1/160 of all samples, and the least and the greatest are always among them.
 */
function curveOf(sorted: Sorted): CurvePoint[] {
  const n = sorted.length;
  const ranks = new Set<number>([0, n - 1]);
  if (n <= 2 * MIDDLE_STEPS) for (let i = 0; i < n; i++) ranks.add(i);
  else {
    for (let i = 0; i <= MIDDLE_STEPS; i++) ranks.add(Math.round(((n - 1) * i) / MIDDLE_STEPS));
    for (let i = 0; i <= TAIL_STEPS * Math.log10(n); i++) {
      const left = Math.min(n, Math.round(10 ** (i / TAIL_STEPS)));
      ranks.add(n - left);
      ranks.add(left - 1);
    }
  }
  const order = [...ranks].sort((a, b) => a - b);
  return order.map((rank) => ({ below: (rank + 1) / n, ns: sorted[rank] ?? 0 }));
}
