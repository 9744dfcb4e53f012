// SPDX-License-Identifier: GPL-2.0-only
/** Comparisons of equal paths by the product's own judge: how often each rule claims a difference that is not there. */
import { loadavg } from 'node:os';
import { silentProgress } from '../../src/cli/progress.ts';
import { type Lab, openLab } from '../../src/lab/live/open.ts';
import { planLab } from '../../src/lab/plan/plan.ts';
import type { Comparison, DrawRatio, LatencyLevels } from '../../src/model/result.ts';
import { roundTrip } from '../../src/probes/rr/round-trip.ts';
import { compareDraws } from '../../src/stats/compare-draws.ts';
import { judgeComparisons } from '../../src/stats/judge-comparisons.ts';
import { createRandom, type Random, shuffled } from '../../src/stats/random.ts';
import { looksAt, stillOpen } from '../../src/stats/until.ts';
import { readMachineFacts } from '../../src/system/facts.ts';
import { type BenchContext, waitForLock } from './bench-process.ts';
import { percent } from './goal-table.ts';
import { wilsonInterval } from './numbers.ts';
import { measurePair, vethSpec } from './veth-resolution.ts';

/** A run has a twin and five comparisons. */
const FAMILY = 6;
const FIRST = 4;
/** No margin: every interval that excludes 0 would be a claim. With the margin of 1 % hardly any could. */
const RULE = { halfWidth: 0.001, maxDraws: 12, margin: 0 } as const;

export interface EqualOptions {
  readonly runs: number;
  readonly transactions: number;
  readonly warmup: number;
}

/** The comparisons of one run by each rule, on the same draws. */
interface JudgedRun {
  readonly until: readonly Comparison[];
  readonly fixed: readonly Comparison[];
  readonly fixedWithMargin: readonly Comparison[];
  /** The first look at which an interval of 95 % each would have claimed something, if any. */
  readonly naive: readonly Comparison[];
}

export async function benchEqual(context: BenchContext, options: EqualOptions): Promise<void> {
  const { signal, folder, print } = context;
  await using _lock = await waitForLock(signal);
  const plan = planLab(vethSpec(), await readMachineFacts(), []);
  await using lab = await openLab(plan, {
    ...{ id: `bench-equal-${process.pid}`, signal, progress: silentProgress },
    logPath: (name) => `${folder}/${name}.log`,
  });
  const random = createRandom(process.pid);
  const loads = [loadavg()[0] ?? 0];
  const runs: JudgedRun[] = [];
  const started = performance.now();
  while (runs.length < options.runs) {
    runs.push(await judgeRun(lab, random, { ...options, signal }));
    loads.push(loadavg()[0] ?? 0);
  }
  const seconds = (performance.now() - started) / 1000;
  print(renderEqual(runs, loads, seconds));
}

async function judgeRun(
  lab: Lab,
  random: Random,
  { transactions, warmup, signal }: EqualOptions & { readonly signal: AbortSignal },
): Promise<JudgedRun> {
  const wires = lab.plan.paths.map(({ name }) => name);
  const pairs = Array.from({ length: FAMILY }, () => shuffled(wires, random).slice(0, 2));
  const drawn: (DrawRatio & LatencyLevels)[][] = pairs.map(() => []);
  const draw = async (index: number): Promise<void> => {
    const [candidate = '', reference = ''] = pairs[index] ?? [];
    const draws = drawn[index] ?? [];
    const reversed = draws.length % 2 === 1;
    const pair = reversed ? ([reference, candidate] as const) : ([candidate, reference] as const);
    const seed = random.below(2 ** 31);
    const effect = await measurePair(lab, { pair, seed, count: transactions, warmup, signal });
    const logRatio = reversed ? -effect.logRatio : effect.logRatio;
    draws.push({ ...effect, draw: draws.length, reversed, logRatio });
  };
  for (let i = 0; i < FIRST; i++) for (const index of shuffled([...pairs.keys()], random)) await draw(index);
  const firstDraws = drawn.map((draws) => [...draws]);
  for (;;) {
    const until = judge(drawn, { margin: RULE.margin, sequential: true });
    const open = stillOpen(until, RULE.halfWidth).filter(({ draws }) => draws.length < RULE.maxDraws);
    if (open.length === 0) {
      return {
        until,
        fixed: judge(firstDraws, { margin: 0, sequential: false }),
        fixedWithMargin: judge(firstDraws, { margin: 0.01, sequential: false }),
        naive: drawn.map((draws, index) => firstClaim(draws, index)),
      };
    }
    for (const one of shuffled(open, random)) for (const _ of ['forward', 'reversed']) await draw(until.indexOf(one));
  }
}

interface Rule {
  readonly margin: number;
  readonly sequential: boolean;
}

function judge(drawn: readonly (readonly (DrawRatio & LatencyLevels)[])[], rule: Rule): readonly Comparison[] {
  return judgeComparisons(drawn.map((draws, index) => compare(draws, index, rule)));
}

function compare(
  draws: readonly (DrawRatio & LatencyLevels)[],
  index: number,
  { margin, sequential }: Rule,
): Comparison {
  return compareDraws({
    ...{ measure: roundTrip, candidate: `pair${index}`, reference: 'wire', probe: 'rr', k: 2, draws, n: 0 },
    ...{ isTwin: index === 0, lost: 0, discarded: 0, marginRelative: margin },
    ...(sequential ? { schedule: looksAt(draws, { first: FIRST, maxDraws: RULE.maxDraws }) } : {}),
  });
}

/** What one would do by habit: stop at the first look at which the interval of 95 % excludes 0. */
function firstClaim(draws: readonly (DrawRatio & LatencyLevels)[], index: number): Comparison {
  const rule = { margin: 0, sequential: false };
  for (let n = FIRST; n < draws.length; n += 2) {
    const early = compare(draws.slice(0, n), index, rule);
    if (early.outcome === 'different') return early;
  }
  return compare(draws, index, rule);
}

function renderEqual(runs: readonly JudgedRun[], loads: readonly number[], seconds: number): string {
  const rows = (['fixedWithMargin', 'fixed', 'until', 'naive'] as const).map((rule) => {
    const all = runs.map((run) => run[rule]);
    const flat = all.flat();
    const claims = flat.filter(({ outcome }) => outcome === 'different').length;
    const outside = flat.filter(
      ({ relativeInterval: bounds }) => bounds !== null && (bounds.low > 0 || bounds.high < 0),
    );
    const wrongRuns = all.filter((one) => one.some(({ isTwin, outcome }) => !isTwin && outcome === 'different')).length;
    const draws = flat.reduce((sum, one) => sum + one.draws.length, 0) / flat.length;
    return [
      RULE_NAMES[rule],
      `claims ${rate(claims, flat.length)}`,
      `intervals without 0 ${rate(outside.length, flat.length)}`,
      `runs with a claim ${wrongRuns} of ${runs.length}`,
      `${draws.toFixed(1)} draws`,
    ].join(' | ');
  });
  const load = `load ${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)}`;
  const title = `equal wires: ${runs.length} runs of ${FAMILY - 1} comparisons and a twin, ${load}, ${seconds.toFixed(0)} s`;
  return `\n${[title, ...rows.map((row) => `  ${row}`)].join('\n')}\n`;
}

const RULE_NAMES = {
  fixedWithMargin: `${FIRST} draws, margin 1 %`,
  fixed: `${FIRST} draws, margin 0`,
  until: `until ±${RULE.halfWidth * 100} %, at most ${RULE.maxDraws} draws, margin 0`,
  naive: 'the same draws, 95 % at each look, margin 0',
} as const;

/** "3 of 102: 2.9 % [1.0, 8.3]". */
function rate(hits: number, of: number): string {
  const { low, high } = wilsonInterval(hits, of);
  const digits = (share: number) => (share * 100).toFixed(1);
  return `${hits} of ${of}: ${percent(hits / of, { digits: 1 })} [${digits(low)}, ${digits(high)}]`;
}
