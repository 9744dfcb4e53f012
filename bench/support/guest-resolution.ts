// SPDX-License-Identifier: GPL-2.0-only
/** Resolution in a guest: the product's own run over tap, its twin, macvtap and a tap with one more bridge. */
import { backendOf } from '../../src/backends/index.ts';
import { silentProgress } from '../../src/cli/progress.ts';
import { defaultLabSpec } from '../../src/config/to-lab-spec.ts';
import { runLab } from '../../src/lab/run.ts';
import type { LabSpec, PathSpec } from '../../src/model/lab-spec.ts';
import type { Comparison, DrawRatio } from '../../src/model/result.ts';
import { buildReport } from '../../src/results/run/build.ts';
import { readRun } from '../../src/run-store/read-run.ts';
import { moments } from '../../src/stats/moments.ts';
import { type BenchContext, waitForLock } from './bench-process.ts';
import { type GoalRow, percent, renderGoals } from './goal-table.ts';
import { median } from './numbers.ts';

export interface GuestBenchOptions {
  /** Fresh labs and guests; every one has its own table. */
  readonly runs: number;
  readonly draws: number;
  readonly transactions: number;
  readonly warmup: number;
}

const REFERENCE = 'tap';
const TWIN = `${REFERENCE}-twin`;
const EXTRA = 'extra';
/** The overview is not what this bench is about, and cannot be left out. */
const OVERVIEW_COUNT = 200;

export async function benchGuest(context: BenchContext, options: GuestBenchOptions): Promise<void> {
  await using _lock = await waitForLock(context.signal);
  const all: Comparison[] = [];
  for (let run = 0; run < options.runs; run++) {
    const started = performance.now();
    const comparisons = await compareOnce(context, options, run + 1);
    all.push(...comparisons);
    context.print(renderGoals(titleOf(run, options, performance.now() - started), comparisons.flatMap(rowsOf)));
  }
  if (options.runs > 1) context.print(renderSpread(all));
}

function titleOf(run: number, { runs, draws, transactions, warmup }: GuestBenchOptions, ms: number): string {
  return (
    `guest ${run + 1} of ${runs}, TCP_RR 1 byte: ${draws} draws of 2 x ${transactions} transactions after ${warmup}, ` +
    `${(ms / 1000).toFixed(0)} s\n  a draw is both NICs plugged anew; half-widths are shares of tap's RTT, at 95 %\n` +
    '  one interval in 20 of a twin misses 0 by chance'
  );
}

function guestSpec({ draws, transactions, warmup }: GuestBenchOptions, seed: number): LabSpec {
  const base = defaultLabSpec();
  const [backToBack] = base.probes;
  if (backToBack === undefined) throw new Error('the default lab has no probe');
  const path = (name: string, backend: string, options: unknown): PathSpec => ({
    name,
    backend,
    options: backendOf(backend).options.parse(options),
    named: true,
  });
  return {
    ...base,
    name: 'bench-guest',
    paths: [path(REFERENCE, 'tap', {}), path('macvtap', 'macvtap', {}), path(EXTRA, 'tap', { extraBridges: 1 })],
    probes: [{ ...backToBack, count: OVERVIEW_COUNT }],
    comparison: { ...base.comparison, reference: REFERENCE, pairs: [], draws, guests: 1, transactions, warmup },
    seed,
  };
}

async function compareOnce(
  { signal, folder }: BenchContext,
  options: GuestBenchOptions,
  seed: number,
): Promise<readonly Comparison[]> {
  const outcome = await runLab({
    spec: guestSpec(options, seed),
    runsRoot: folder,
    label: null,
    // The bench holds the lock for all of its runs.
    force: true,
    argv: ['bench'],
    progress: silentProgress,
    signal,
  });
  signal.throwIfAborted();
  const report = buildReport(await readRun(outcome.folder));
  const [failed] = report.failed;
  if (failed !== undefined) throw new Error(`${failed.path} failed: ${failed.code}: ${failed.reason}`);
  return report.probes.flatMap(({ comparisons }) => comparisons);
}

const referenceNs = (draw: Comparison['draws'][number]) =>
  'referenceP50Ns' in draw ? draw.referenceP50Ns : Number.NaN;
const widthOf = ({ withinInterval: { low, high } }: DrawRatio) => (high - low) / 2;

/** exp(x) - 1 is x to the third digit at these sizes. */
function rowsOf(comparison: Comparison): GoalRow[] {
  const { candidate, draws, relative, relativeInterval } = comparison;
  if (relativeInterval === null) throw new Error(`${candidate}: ${draws.length} draws give no interval`);
  const { low, high } = relativeInterval;
  const within = median(draws.map(widthOf));
  const level = median(draws.map(referenceNs)) / 1000;
  const half = (high - low) / 2;
  const holdsZero = low <= 0 && high >= 0;
  const found = candidate === EXTRA ? low > 0 : !holdsZero;
  return [
    {
      what: `${candidate} - ${REFERENCE} (p50 ${level.toFixed(0)} us)`,
      measured: `${percent(relative, { signed: true })} [${percent(low, { signed: true })}, ${percent(high, { signed: true })}]`,
      goal: candidate === TWIN ? 'holds 0' : 'told apart',
      met: candidate === TWIN ? holdsZero : found,
    },
    {
      what: '  half-width over draws',
      measured: `+-${percent(half)}, sd of a draw ${percent(moments(draws.map(({ logRatio }) => logRatio)).stddev)}`,
      goal: candidate === TWIN ? 'at most +-1 %' : '',
      met: candidate === TWIN ? half <= 0.01 : null,
    },
    {
      what: '  half-width within a draw (median)',
      measured: `+-${percent(within)}`,
      goal: 'at most +-1.5 %',
      met: within <= 0.015,
    },
  ];
}

/** How the estimates of whole guests scatter, beside what their own intervals promise. */
function renderSpread(all: readonly Comparison[]): string {
  const candidates = [...new Set(all.map(({ candidate }) => candidate))];
  const rows = candidates.map((name): GoalRow => {
    const own = all.filter(({ candidate }) => candidate === name);
    const { mean, stddev } = moments(own.map(({ relative }) => relative));
    const promised = median(
      own.map(({ draws }) => moments(draws.map(({ logRatio }) => logRatio)).stddev / Math.sqrt(draws.length)),
    );
    return {
      what: `${name} - ${REFERENCE}: mean over guests`,
      measured: `${percent(mean, { signed: true })}, sd between guests ${percent(stddev)}, promised by the draws ${percent(promised)}`,
      goal: '',
      met: null,
    };
  });
  return renderGoals('over all guests', rows);
}
