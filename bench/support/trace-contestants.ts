// SPDX-License-Identifier: GPL-2.0-only
/**
 * The tap path under another tracer of this machine, block by block in the same guest and on the same plugging. trace-cmd is
 * not among them: version 3.1 on Linux 6.18 leaves its recorders running, with their tracepoints on, after it was ended.
 */
import { silentProgress } from '../../src/cli/progress.ts';
import type { BlockWatch } from '../../src/lab/measure/block.ts';
import type { MeasuringParts, WatchedBlock } from '../../src/lab/measure/measuring.ts';
import { recordBlocks } from '../../src/lab/measure/record-blocks.ts';
import { planLab } from '../../src/lab/plan/plan.ts';
import { planTraceBlocks } from '../../src/lab/plan/schedule-trace.ts';
import { startTracer } from '../../src/lab/trace/tracer.ts';
import type { PlannedBlock } from '../../src/model/plan.ts';
import { rttsOf } from '../../src/results/trace/rtts.ts';
import type { RunFolder } from '../../src/run-store/create-run-folder.ts';
import { type Run, readRun } from '../../src/run-store/read-run.ts';
import { findTool } from '../../src/system/find-tool.ts';
import { type Service, startService } from '../../src/system/service.ts';
import { type CostPair, traceCost } from '../../src/trace/breakdown/cost.ts';
import type { BenchContext } from './bench-process.ts';
import type { GoalRow } from './goal-table.ts';
import { show } from './ratios.ts';
import { type TraceCostOptions, tapSpec } from './trace-cost.ts';

/** What hoptrace's own tracepoints on the host are called elsewhere. */
const EVENTS = [
  ...['net:net_dev_queue', 'net:net_dev_start_xmit', 'net:netif_rx', 'net:netif_receive_skb'],
  ...['sock:sk_data_ready', 'sched:sched_waking', 'sched:sched_switch'],
  ...['raw_syscalls:sys_enter', 'raw_syscalls:sys_exit'],
] as const;
const READY_MS = 30_000;
/** One is allowed to write what it has; nobody waits for ever. */
const STOP_MS = 30_000;
const WARMUP = 100;

interface Contestant {
  readonly name: string;
  readonly what: string;
  /** A tool that must be there, and the package that has it; null = ours. */
  readonly tool: string | null;
  start(
    block: WatchedBlock,
    parts: { readonly folder: RunFolder; readonly context: BenchContext },
  ): NonNullable<WatchOf>;
}

type WatchOf = ReturnType<NonNullable<MeasuringParts['watchOf']>>;

const CONTESTANTS: readonly Contestant[] = [
  ours('bpf', 'hoptrace by BPF, host and guest'),
  ours('tracefs', 'hoptrace by tracefs, host and guest'),
  {
    name: 'bpftrace',
    what: 'bpftrace that prints those tracepoints, host alone',
    tool: 'bpftrace',
    start:
      (_, { context }) =>
      () =>
        printByBpftrace(context),
  },
];

function ours(mechanism: 'bpf' | 'tracefs', what: string): Contestant {
  return {
    ...{ name: mechanism, what, tool: null },
    start:
      (block, { folder, context: { signal } }) =>
      (probers) =>
        startTracer(block, probers, { folder, profile: 'full', slowest: 0, mechanism, signal }),
  };
}

async function printByBpftrace({ folder, signal }: BenchContext): Promise<BlockWatch> {
  const probes = EVENTS.map((event) => `tracepoint:${event}`).join(',');
  const program = `${probes} { printf("%llu %d %d %s\\n", nsecs, cpu, tid, probe); }`;
  // Its first line says that it attaches; events follow once it has.
  const service = await startService(['bpftrace', '-f', 'text', '-e', program], {
    ...{ name: 'bpftrace', signal, logFile: null, readyTimeoutMs: READY_MS, maxOutputBytes: 64 << 10, cwd: folder },
    ready: (line) => /^\d+ \d+ \d+ tracepoint:/.test(line),
  });
  return interrupted(service);
}

/** It ends by ctrl-C, and writes what is left; whatever of its group is left then is ended as well. */
function interrupted(service: Service): BlockWatch {
  return {
    async stop() {
      if (service.running) process.kill(service.pid, 'SIGINT');
      const timer = setTimeout(() => void service.stop(), STOP_MS);
      await service.exited;
      clearTimeout(timer);
    },
  };
}

/** Every round has a plain block and one of each, in an order that moves on by one; the ratio is over rounds. */
export async function benchTraceContestants(context: BenchContext, options: TraceCostOptions): Promise<GoalRow[]> {
  const here = await Promise.all(CONTESTANTS.map(async (one) => (one.tool === null ? one.name : findTool(one.tool))));
  const present = CONTESTANTS.filter((_, index) => here[index] !== null);
  const run = await measureContestants(context, present, options);
  return CONTESTANTS.map((contestant) => {
    if (!present.includes(contestant)) return row(contestant.what, `not run: apt install ${contestant.tool ?? ''}`);
    const pairs = pairsOf(run, contestant.name, options.pairs);
    if (pairs.length === 0) return row(contestant.what, `no block: ${run.failed[0]?.reason ?? 'no reason is known'}`);
    const { ratio, interval } = traceCost(pairs);
    const measured = interval === null ? ratio.toFixed(3) : show({ value: ratio, ...interval }, 3);
    return row(contestant.what, `${measured} over ${pairs.length} rounds`);
  });
}

function row(what: string, measured: string): GoalRow {
  return { what: `${what}: p50 / plain p50`, measured, goal: '', met: null };
}

function pairsOf(run: Run, name: string, rounds: number): CostPair[] {
  const p50 = (round: number, of: string) => {
    const block = run.blocks.find(({ id }) => id === blockId(round, of));
    return block === undefined ? null : rttsOf(run, block, 'tap').p50Ns;
  };
  return Array.from({ length: rounds }, (_, round) => round).flatMap((round) => {
    const [plainNs, tracedNs] = [p50(round, 'plain'), p50(round, name)];
    return plainNs === null || tracedNs === null ? [] : [{ plainNs, tracedNs }];
  });
}

function blockId(round: number, name: string): string {
  return `round-${String(round).padStart(2, '0')}-${name}`;
}

async function measureContestants(
  context: BenchContext,
  contestants: readonly Contestant[],
  { pairs, transactions }: TraceCostOptions,
): Promise<Run> {
  const request = {
    ...{ spec: tapSpec(transactions), runsRoot: context.folder, label: null, argv: ['bench'] },
    // The bench itself holds the lock.
    ...{ force: true, progress: silentProgress, signal: context.signal },
  };
  const { folder: path } = await recordBlocks(request, {
    command: 'bench',
    kind: 'trace',
    plan: (facts, unavailable) => {
      const base = planLab(request.spec, facts, unavailable);
      return { ...base, blocks: planRounds(base, contestants, { pairs, transactions }) };
    },
    explainLoss: async () => null,
    watchOf: (folder) => (block) => {
      const contestant = contestants.find(({ name }) => block.planned.id.endsWith(`-${name}`));
      return contestant?.start(block, { folder, context });
    },
  });
  return readRun(path);
}

function planRounds(
  { paths, spec: { probes, seed } }: ReturnType<typeof planLab>,
  contestants: readonly Contestant[],
  { pairs, transactions }: TraceCostOptions,
): PlannedBlock[] {
  const [probe] = probes;
  if (probe === undefined) throw new Error('a bench without a probe');
  const count = transactions;
  const schedule = { probe: { ...probe, count }, pairs, count, warmup: Math.min(WARMUP, count), seed };
  const [first] = planTraceBlocks(paths, schedule);
  if (first === undefined) throw new Error('tap cannot be planned here');
  const names = ['plain', ...contestants.map(({ name }) => name)];
  return Array.from({ length: pairs }, (_, round) =>
    names.map((_name, at): PlannedBlock => {
      const name = names[(round + at) % names.length] ?? 'plain';
      const { trace: _trace, ...block } = first;
      return { ...block, id: blockId(round, name), freshPlug: at === 0, seed: seed + round * names.length + at };
    }),
  ).flat();
}
