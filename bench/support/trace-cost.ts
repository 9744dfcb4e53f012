// SPDX-License-Identifier: GPL-2.0-only
/** What tracing costs on the tap path of a real guest: traced / untraced p50, all points and three of them. */
import { loadavg } from 'node:os';
import { backendOf } from '../../src/backends/index.ts';
import { silentProgress } from '../../src/cli/progress.ts';
import { probeSchema, toProbeSpec } from '../../src/config/probe-schema.ts';
import { defaultLabSpec } from '../../src/config/to-lab-spec.ts';
import { traceLab } from '../../src/lab/trace.ts';
import type { LabSpec } from '../../src/model/lab-spec.ts';
import type { TraceCost } from '../../src/model/trace-breakdown.ts';
import type { TracedPath } from '../../src/model/trace-report.ts';
import { buildTraceReport } from '../../src/results/trace/build.ts';
import { readRun } from '../../src/run-store/read-run.ts';
import type { BenchContext } from './bench-process.ts';
import type { GoalRow } from './goal-table.ts';
import { show } from './ratios.ts';

export interface TraceCostOptions {
  /** Of a traced and an untraced block, a fresh plugging each. */
  readonly pairs: number;
  /** Transactions in a block. */
  readonly transactions: number;
}

/** The ratio that each profile may have at most. */
const COST_GOALS = { full: 1.3, light: 1.1 } as const;
type CostProfile = keyof typeof COST_GOALS;

/** Enough for the tracer's own mark in a datagram, as `hoplab trace` has it. */
const REQUEST_BYTES = 64;

const WHAT: Readonly<Record<CostProfile, string>> = { full: 'all points', light: 'three points a machine (--light)' };

/** One lab and one guest for each profile; in it the pairs follow each other, every second one the other way round. */
export async function benchTraceCost(
  context: BenchContext,
  profile: CostProfile,
  options: TraceCostOptions,
): Promise<GoalRow[]> {
  const { signal, folder } = context;
  const outcome = await traceLab({
    ...{
      spec: tapSpec(options.transactions),
      profile,
      mechanism: 'bpf',
      slowest: 0,
      pairs: options.pairs,
      count: options.transactions,
    },
    ...{ runsRoot: folder, label: null, argv: ['bench'], progress: silentProgress, signal },
    // The bench holds the lock for all of its parts.
    force: true,
  });
  signal.throwIfAborted();
  const { paths, failed } = await buildTraceReport(await readRun(outcome.folder));
  const [first] = failed;
  if (first !== undefined) throw new Error(`${first.path} failed: ${first.code}: ${first.reason}`);
  const [path] = paths;
  if (path?.cost == null) throw new Error(`no pair of blocks of tap can be used: ${unusedOf(path)}`);
  return costRows(profile, path, path.cost, options);
}

export function tapSpec(count: number): LabSpec {
  const base = defaultLabSpec();
  const tap = { name: 'tap', backend: 'tap', options: backendOf('tap').options.parse({}), named: true };
  const probe = toProbeSpec(probeSchema.parse({ protocol: 'tcp_rr', request: REQUEST_BYTES, response: REQUEST_BYTES }));
  return { ...base, name: 'bench-trace', paths: [tap], probes: [{ ...probe, count }] };
}

/** The goal is asked of the mean ratio; its interval stands beside it. */
export function costRows(
  profile: CostProfile,
  { blocks, tracedP50Ns, plainP50Ns }: Pick<TracedPath, 'blocks' | 'tracedP50Ns' | 'plainP50Ns'>,
  { pairs, ratio, interval }: TraceCost,
  options: TraceCostOptions,
): GoalRow[] {
  const goal = COST_GOALS[profile];
  const machines = blocks.flatMap((block) => block.machines);
  const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);
  const records = sum(machines.map((machine) => machine.records));
  const lost = sum(machines.map((machine) => machine.lost));
  const measured = interval === null ? ratio.toFixed(3) : show({ value: ratio, ...interval }, 3);
  const transactions = options.transactions.toLocaleString('en');
  const plain = (what: string, text: string): GoalRow => ({ what, measured: text, goal: '', met: null });
  return [
    {
      what: `${WHAT[profile]}: traced / untraced p50`,
      measured,
      goal: `at most ${goal.toFixed(2)}`,
      met: ratio <= goal,
    },
    plain('  untraced and traced p50', `${microseconds(plainP50Ns)} and ${microseconds(tracedP50Ns)} us`),
    plain('  pairs used', `${pairs} of ${options.pairs}, ${transactions} transactions a block`),
    { what: '  records lost', measured: `${lost} of ${records.toLocaleString('en')}`, goal: '0', met: lost === 0 },
    plain('  load after it', loadavg()[0]?.toFixed(1) ?? ''),
  ];
}

function microseconds(ns: number | null): string {
  return ns === null ? '-' : (ns / 1000).toFixed(1);
}

function unusedOf(path: TracedPath | undefined): string {
  return path?.blocks.map(({ id, unused }) => `${id}: ${unused ?? 'used'}`).join('; ') ?? 'there is no path';
}
