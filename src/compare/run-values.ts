// SPDX-License-Identifier: GPL-2.0-only
/** What each run contributes to one effect: a value with its own error, from the blocks that the basis takes. */
import type { StatisticName } from '../model/compare.ts';
import type { UncertainMean } from '../stats/between-runs.ts';
import { meanOfUnits } from '../stats/between-runs.ts';
import { pairGroups } from '../stats/groups.ts';
import { hodgesLehmann } from '../stats/hodges-lehmann.ts';
import { effectOverDraws } from '../stats/over-draws.ts';
import type { LookSchedule } from '../stats/sequential-bounds.ts';
import { lastLook } from '../stats/sequential-test.ts';
import { signedRankInterval } from '../stats/signed-rank.ts';
import { sortedCopy } from '../stats/sorted.ts';
import { studentQuantile } from '../stats/student-t.ts';
import { looksAt } from '../stats/until.ts';
import type { Basis, EffectUnit } from './compare-schema.ts';
import { logOf, type MeasuredBlock, type MeasuredRun, type PathLevel } from './measure-run.ts';

/** The looks at draws that were added until they sufficed, and how much wider than over a fixed number the interval is. */
export interface Looks {
  readonly schedule: LookSchedule;
  readonly widening: number;
}

/** One run's value in ln units: of a figure, or of a ratio. */
export interface RunValue {
  readonly mean: UncertainMean;
  /** False: the error is not known at all, so that there is no interval from this run alone. */
  readonly known: boolean;
  readonly unit: Exclude<EffectUnit, 'runs'>;
  readonly units: number;
  /** Where draws were added until they sufficed: `mean` then is as wide as the run's own interval at its last look. */
  readonly looks: Looks | null;
  /** Guests over which the draws are spread. */
  readonly guests: number;
  /** How many paths rotated in the blocks that were taken. */
  readonly k: readonly number[];
  /** Geometric mean of the path's own statistic over the same blocks, in ln units. */
  readonly level: number;
  /** The same of the path that it is divided by; its own where there is none. */
  readonly otherLevel: number;
  /** Usable transactions of the path in those blocks. */
  readonly n: number;
}

export interface Wanted {
  /** Name of the probe in this run. */
  readonly probe: string;
  readonly path: string;
  readonly statistic: StatisticName;
  readonly basis: Basis;
  /** The path of the same run that this one is divided by; null = absolute. */
  readonly over: string | null;
}

/** A block's contribution. */
interface Unit {
  readonly value: number;
  readonly level: number;
  readonly otherLevel: number;
  readonly reversed: boolean;
  readonly draw: number;
  readonly guest: number;
  readonly k: number;
  readonly n: number;
  /** Standard error within the block, for a run that has one block alone; null = not known. */
  readonly within: () => number | null;
}

/** Below this a pair of blocks has no centre worth the name (see `drawEffect`). */
const LEAST_GROUPS = 6;
const LEAST_IN_BLOCK = 3;
/** 95 % of a normal distribution lie within so many standard deviations of its middle. */
const Z = 1.96;

/** null: the run has no block that this basis could take. */
export function runValue(run: MeasuredRun, wanted: Wanted): RunValue | null {
  const units = unitsOf(run, wanted);
  if (units.length === 0) return pooledValue(run, wanted);
  const drawn = isDrawn(wanted.basis);
  const only = units.length === 1 ? (units[0]?.within() ?? null) : null;
  const over = effectOverDraws(units.map(({ value, reversed }) => ({ logRatio: value, reversed: drawn && reversed })));
  const looks = drawn && over.interval !== null ? looksOf(run, units, over.interval.df) : null;
  const mean = widened(meanOf(units, over, only), looks);
  return {
    mean,
    looks,
    known: units.length > 1 || only !== null,
    unit: units.length === 1 ? 'groups' : drawn ? 'draws' : 'blocks',
    units: units.length,
    guests: new Set(units.map(({ guest }) => guest)).size,
    k: distinct(units.map(({ k }) => k)),
    level: average(units.map(({ level }) => level)),
    otherLevel: average(units.map(({ otherLevel }) => otherLevel)),
    n: units.reduce((sum, { n }) => sum + n, 0),
  };
}

/** null: the number of draws was fixed. */
function looksOf({ run }: MeasuredRun, units: readonly Unit[], df: number): Looks | null {
  const { until, draws: first } = run.spec?.comparison ?? {};
  if (until === undefined || first === undefined) return null;
  const schedule = looksAt(units, { first, maxDraws: until.maxDraws });
  const { nominal } = lastLook(schedule);
  return { schedule, widening: studentQuantile(1 - nominal / 2, df) / studentQuantile(0.975, df) };
}

/**
 * The repeated interval of the last look as if its draws had been fixed: it holds whenever the run ended, and by whichever statistic
 * (Jennison and Turnbull, J. R. Statist. Soc. B 51, 1989; see `sequentialBounds`).
 */
function widened(mean: UncertainMean, looks: Looks | null): UncertainMean {
  return looks === null ? mean : { ...mean, variance: mean.variance * looks.widening ** 2 };
}

function meanOf(units: readonly Unit[], over: ReturnType<typeof effectOverDraws>, only: number | null): UncertainMean {
  if (over.interval !== null) {
    const { standardError, df } = over.interval;
    return { mean: over.logRatio, variance: standardError ** 2, df };
  }
  if (units.length > 1) return meanOfUnits(units.map(({ value }) => value));
  return { mean: over.logRatio, variance: (only ?? 0) ** 2, df: Number.POSITIVE_INFINITY };
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function isDrawn(basis: Basis): boolean {
  return basis.kind !== 'absolute' && basis.within === 'draws';
}

function distinct(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}

/** Draws have their pair, the rotation its block; `rounds` sets a block of one path beside the other's of the same round. */
function unitsOf(run: MeasuredRun, wanted: Wanted): Unit[] {
  const { basis, path, over, probe } = wanted;
  const all = run.blocks.filter(({ block }) => block.probe === probe && block.paths.includes(path));
  const overview = all.filter(({ block }) => block.part === 'overview');
  if (over === null) return overview.flatMap((measured) => absoluteUnit(measured, wanted));
  if (basis.kind !== 'absolute' && basis.within === 'rounds') {
    const others = run.blocks.filter(
      ({ block }) => block.probe === probe && block.part === 'overview' && block.paths.includes(over),
    );
    return overview.flatMap((measured, index) => {
      const other = others[index];
      return other === undefined ? [] : roundUnit(measured, other, wanted);
    });
  }
  const drawn = isDrawn(basis);
  const blocks = drawn ? all.filter(({ block }) => isPair(block.draw?.pair, path, over)) : overview;
  return blocks.filter(({ block }) => block.paths.includes(over)).flatMap((measured) => ratioUnit(measured, wanted));
}

function isPair(pair: readonly string[] | undefined, a: string, b: string): boolean {
  return a !== b && pair !== undefined && [a, b].every((name) => pair.includes(name));
}

function absoluteUnit(measured: MeasuredBlock, { path, statistic }: Wanted): Unit[] {
  const own = measured.paths.get(path);
  const log = own?.logs[statistic];
  if (own === undefined || log === undefined) return [];
  return [
    unit(measured, {
      path,
      value: log,
      level: log,
      otherLevel: log,
      n: own.counts.n,
      within: () => quantileError(own, statistic),
    }),
  ];
}

function roundUnit(measured: MeasuredBlock, other: MeasuredBlock, { path, over, statistic }: Wanted): Unit[] {
  const own = measured.paths.get(path);
  const theirs = other.paths.get(over ?? '');
  const [log, otherLog] = [own?.logs[statistic], theirs?.logs[statistic]];
  if (own === undefined || theirs === undefined || log === undefined || otherLog === undefined) return [];
  const within = (): number | null => quadrature(quantileError(own, statistic), quantileError(theirs, statistic));
  return [unit(measured, { path, value: log - otherLog, level: log, otherLevel: otherLog, n: own.counts.n, within })];
}

function ratioUnit(measured: MeasuredBlock, { path, over, statistic }: Wanted): Unit[] {
  const { block } = measured;
  const own = measured.paths.get(path);
  const other = measured.paths.get(over ?? '');
  const [log, otherLog] = [own?.logs[statistic], other?.logs[statistic]];
  if (own === undefined || other === undefined || log === undefined || otherLog === undefined) return [];
  if (statistic !== 'p50') {
    const within = (): number | null => quadrature(quantileError(own, statistic), quantileError(other, statistic));
    return [unit(measured, { path, value: log - otherLog, level: log, otherLevel: otherLog, n: own.counts.n, within })];
  }
  // As within a draw: groups of the same number are the same stretch of time.
  const pairs = pairGroups(own.groups, other.groups, 'p50');
  // A draw counts as its own report counts it; blocks of an overview are short, and err by their own spread.
  if (pairs.numbers.length < (block.draw === null ? LEAST_IN_BLOCK : LEAST_GROUPS)) return [];
  const ratios = sortedCopy(pairs.first.map((ns, i) => Math.log(ns / (pairs.second[i] ?? Number.NaN))));
  const within = (): number | null => {
    if (ratios.length < LEAST_GROUPS) return null;
    const { low, high } = signedRankInterval(ratios);
    return (high - low) / (2 * Z);
  };
  return [
    unit(measured, { path, value: hodgesLehmann(ratios), level: log, otherLevel: otherLog, n: own.counts.n, within }),
  ];
}

function unit(
  { block }: MeasuredBlock,
  { path, ...rest }: { readonly path: string } & Pick<Unit, 'value' | 'level' | 'otherLevel' | 'n' | 'within'>,
): Unit {
  // A pair that was drawn the other way round has its slots the other way round as well.
  const swapped = block.draw !== null && block.draw.pair[0] !== path;
  const reversed = block.draw !== null && block.draw.reversed !== swapped;
  const { draw = 0, guest = 0 } = block.draw ?? {};
  return { ...rest, reversed, draw, guest, k: block.paths.length };
}

function quadrature(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : Math.hypot(a, b);
}

/**
 * Standard error of ln p50 within one block, over the medians of its groups as stretches of time. null for a tail or a mean:
 * what they rest on comes in bursts, and one block does not show how many.
 */
function quantileError({ groups }: PathLevel, statistic: StatisticName): number | null {
  if (statistic !== 'p50' || groups.p50.length < LEAST_GROUPS) return null;
  return Math.sqrt(meanOfUnits(Array.from(groups.p50, (ns) => Math.log(ns))).variance);
}

/** A tail for which no block has enough transactions, but all of them together have: one value, without units. */
function pooledValue(run: MeasuredRun, wanted: Wanted): RunValue | null {
  const { basis, path, over, probe, statistic } = wanted;
  if (statistic === 'p50' || isDrawn(basis)) return null;
  const together = basis.kind !== 'absolute' && basis.within === 'rotation';
  const of = (name: string): { readonly log: number; readonly n: number; readonly k: number[] } | null => {
    const blocks = run.blocks.filter(
      ({ block }) =>
        block.probe === probe &&
        block.part === 'overview' &&
        // A rotation is one in which both take part.
        (!together || (block.paths.includes(path) && block.paths.includes(over ?? path))),
    );
    const levels = blocks.flatMap((measured) => measured.paths.get(name) ?? []);
    const length = levels.reduce((sum, { sorted }) => sum + sorted.length, 0);
    const times = new Float64Array(length);
    let next = 0;
    for (const { sorted } of levels) for (let i = 0; i < sorted.length; i++) times[next++] = sorted[i] ?? 0;
    const log = logOf(sortedCopy(times), statistic);
    const k = distinct(blocks.filter(({ block }) => block.paths.includes(name)).map(({ block }) => block.paths.length));
    return log === null ? null : { log, n: length, k };
  };
  const own = of(path);
  const other = over === null ? { log: 0 } : of(over);
  if (own === null || other === null) return null;
  const mean = { mean: own.log - other.log, variance: 0, df: Number.POSITIVE_INFINITY };
  const rest = { looks: null, known: false, unit: 'groups', units: 1, guests: 1 } as const;
  const otherLevel = over === null ? own.log : other.log;
  return { mean, k: own.k, n: own.n, level: own.log, otherLevel, ...rest };
}
