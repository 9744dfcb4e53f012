// SPDX-License-Identifier: GPL-2.0-only
/** What each program of a trace costs: how often it runs a transaction and for how long, as the kernel counts it. */
import { silentProgress } from '../../src/cli/progress.ts';
import { traceLab } from '../../src/lab/trace.ts';
import type { TraceFileTrailer } from '../../src/model/trace-file.ts';
import type { TracedMachine } from '../../src/model/traced-machine.ts';
import { readTraceSource } from '../../src/results/trace/source.ts';
import { readRun } from '../../src/run-store/read-run.ts';
import type { BenchContext } from './bench-process.ts';
import { renderColumns } from './ratios.ts';
import { type TraceCostOptions, tapSpec } from './trace-cost.ts';

/** Summed over the blocks of a run. */
interface ProgramCost {
  readonly machine: TracedMachine;
  readonly name: string;
  readonly runs: number;
  readonly ns: number;
}

interface MachineCost {
  readonly machine: TracedMachine;
  readonly programs: readonly ProgramCost[];
  /** Records by point. */
  readonly points: ReadonlyMap<string, number>;
}

/** The clock is read twice more for each run while the kernel counts: times are a little too long, and the order holds. */
export async function benchTracePoints(context: BenchContext, options: TraceCostOptions): Promise<string> {
  const { signal, folder } = context;
  const outcome = await traceLab({
    ...{ spec: tapSpec(options.transactions), profile: 'full', slowest: 0, mechanism: 'bpf' },
    ...{ pairs: options.pairs, count: options.transactions, bench: { without: [], stats: true }, force: true },
    ...{ runsRoot: folder, label: null, argv: ['bench'], progress: silentProgress, signal },
  });
  const { blocks } = await readTraceSource(await readRun(outcome.folder));
  const transactions = blocks.reduce((sum, { block }) => sum + options.transactions + block.warmupPerPath, 0);
  const machines = (['guest', 'host'] as const).map((machine) =>
    costOf(
      machine,
      blocks.flatMap(({ files }) =>
        files.flatMap((file) => (file.machine === machine && file.state.trailer !== null ? [file.state.trailer] : [])),
      ),
    ),
  );
  return renderProgramCosts(machines, transactions);
}

export function costOf(machine: TracedMachine, trailers: readonly TraceFileTrailer[]): MachineCost {
  const programs = new Map<string, ProgramCost>();
  const points = new Map<string, number>();
  for (const trailer of trailers) {
    for (const { name, runs, ns } of trailer.programs) {
      const known = programs.get(name) ?? { machine, name, runs: 0, ns: 0 };
      programs.set(name, { ...known, runs: known.runs + runs, ns: known.ns + ns });
    }
    for (const [point, records] of Object.entries(trailer.points))
      points.set(point, (points.get(point) ?? 0) + records);
  }
  return { machine, programs: [...programs.values()].sort((a, b) => b.ns - a.ns), points };
}

/** A line a program, the most expensive first, and what all of a machine's come to. */
export function renderProgramCosts(machines: readonly MachineCost[], transactions: number): string {
  const per = (value: number, digits: number) => (value / transactions).toFixed(digits);
  const rows = machines.flatMap(({ machine, programs, points }) => {
    const sum = (of: (program: ProgramCost) => number) => programs.reduce((all, program) => all + of(program), 0);
    const records = [...points.values()].reduce((all, one) => all + one, 0);
    return [
      ...programs.map(({ name, runs, ns }) => [
        ...[`${machine} ${name}`, per(runs, 2), ''],
        ...[runs === 0 ? '-' : (ns / runs).toFixed(0), per(ns / 1000, 2)],
      ]),
      [
        ...[
          `${machine}, all`,
          per(
            sum(({ runs }) => runs),
            2,
          ),
          per(records, 2),
          '',
        ],
        per(sum(({ ns }) => ns) / 1000, 2),
      ],
    ];
  });
  const head = ['', 'runs', 'records', 'ns a run', 'us'];
  return `programs of a full trace of tap, a transaction (${transactions.toLocaleString('en')} of them)\n${renderColumns([head, ...rows])}\n`;
}
