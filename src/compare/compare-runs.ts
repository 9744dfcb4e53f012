// SPDX-License-Identifier: GPL-2.0-only
/** Compares runs, or paths within runs, from their folders: pure computation, without root, at any time later. */
import type { StatisticName, UnlikeKey } from '../model/compare.ts';
import type { ProbeSpec } from '../model/probe-spec.ts';
import { probeOf } from '../probes/index.ts';
import { firstGuest } from '../results/run/guests-recorded.ts';
import { knownProbes } from '../results/run/known-probes.ts';
import type { Run } from '../run-store/read-run.ts';
import { DEFAULT_MARGIN } from '../stats/compare-draws.ts';
import { formatProbe } from '../words/format.ts';
import { type CellOutcome, compareCell } from './compare-cell.ts';
import type {
  ComparedCell,
  ComparedRun,
  ComparedSide,
  ComparisonReport,
  MissingCell,
  SetAsideRun,
} from './compare-schema.ts';
import { isBusy } from './conditions.ts';
import { goneRuns, otherwiseMissing } from './gone-runs.ts';
import { judgeCells } from './judge.ts';
import { matchProbes, type ProbeMatch, probeKey } from './match-probes.ts';
import { type MeasuredRun, measureRun } from './measure-run.ts';
import { controlPairs, pathPairs } from './path-pairs.ts';
import { inOrder, isRefused, unlikeness, unlikenesses } from './unlike.ts';

/** A run or a group of runs that stand for the same thing. */
export interface Side {
  /** As the user calls it. */
  readonly name: string;
  /** The one path of it; null = every path, under its own name. */
  readonly path: string | null;
  /** At least one. */
  readonly runs: readonly Run[];
}

export interface CompareOptions {
  /** Version of the hoplab that compares. */
  readonly version: string;
  readonly statistics?: readonly StatisticName[];
  /** auto: the run's reference where both sides have it in one rotation; none: absolute; else the name of a path. */
  readonly relativeTo?: string;
  /** These paths alone; null = all. */
  readonly only?: readonly string[] | null;
  /** As a share; 1 % unless told. */
  readonly margin?: number;
  readonly allow?: readonly UnlikeKey[];
  /** Runs that were meant and cannot be read. */
  readonly setAside?: readonly SetAsideRun[];
}

const DEFAULT_STATISTICS: readonly StatisticName[] = ['p50', 'p90', 'p99', 'p99.9'];
/** What a control is judged by, whatever else is asked for. */
const CONTROLLED: readonly StatisticName[] = ['p50'];
export const AUTO = 'auto';
export const NONE = 'none';

/**
 * Every candidate against the baseline: what the runs differ by, then an effect for every probe, path and statistic that both
 * sides have. Where they are unlike in something that is refused and not allowed, `refused` is true and nothing is compared.
 * Sides that are the same runs with two paths are compared inside those runs. Reads each run's samples once.
 */
export function compareRuns(baseline: Side, candidates: readonly Side[], options: CompareOptions): ComparisonReport {
  const { allow = [], only = null } = options;
  const base = {
    schema: 2,
    kind: 'comparison',
    tool: { name: 'hoplab', version: options.version },
    baseline: sideOf(baseline),
    candidates: candidates.map(sideOf),
    setAside: options.setAside ?? [],
  } as const;
  const divisor = divisorOf(baseline, options.relativeTo ?? AUTO);
  const checked = candidates.map((candidate, number) =>
    unlikenesses(toCheck(baseline, only, divisor), toCheck(candidate, only, divisor), { number, allow }),
  );
  const nothing = { ...base, cells: [], missing: [], thresholds: [] };
  if (checked.flat().some(isRefused)) {
    const probes = candidates.flatMap((candidate, number) => probesApart(baseline, candidate, number, allow));
    return { ...nothing, unlike: inOrder([...checked.flat(), ...probes]), refused: true };
  }
  const measured = measureSides([baseline, ...candidates], options);
  const found = candidates.map((candidate, number) => compareSide(baseline, candidate, { number, measured, options }));
  const unlike = inOrder([...checked.flat(), ...found.flatMap((side) => side.unlike)]);
  if (unlike.some(isRefused)) return { ...nothing, unlike, refused: true };
  const cells = judgeCells(
    found.flatMap((side) => side.cells),
    { unlike, sides: [base.baseline, ...base.candidates], loadAllowed: allow.includes('load') },
  );
  const setAside = [...base.setAside, ...goneRuns(measured.values())];
  const missing = otherwiseMissing(found.flatMap((side) => side.missing));
  return { ...base, setAside, unlike, refused: false, cells, missing, thresholds: [] };
}

function sideOf({ name, path, runs }: Side): ComparedSide {
  return { name, path, runs: runs.map(runOf) };
}

function runOf({ header, path, damage, environment, spec }: Run): ComparedRun {
  const { id, label, startedAt, state, tool } = header;
  const accel = environment === null ? null : (firstGuest(environment)?.accel ?? null);
  const busy = environment === null ? null : isBusy(environment);
  const { until } = spec?.comparison ?? {};
  return {
    ...{ id, folder: path, label, startedAt, state, toolVersion: tool.version, accel, busy, damage },
    ...(until === undefined ? {} : { until: { halfWidth: until.halfWidth, maxDraws: until.maxDraws } }),
  };
}

/** What the paths are divided by is part of every ratio, and must be alike as well. */
function toCheck({ runs, path }: Side, only: readonly string[] | null, divisor: string | null) {
  const paths = path === null ? only : [path];
  return { runs, paths: paths === null || divisor === null ? paths : [...paths, divisor] };
}

/** null: latencies alone. */
function divisorOf({ runs }: Side, relativeTo: string): string | null {
  if (relativeTo === NONE) return null;
  if (relativeTo !== AUTO) return relativeTo;
  return runs[0]?.spec?.comparison.reference ?? null;
}

/** Each run once, whichever sides it is on. */
function measureSides(sides: readonly Side[], { statistics = DEFAULT_STATISTICS }: CompareOptions) {
  const measured = new Map<string, MeasuredRun>();
  for (const { runs } of sides) {
    for (const run of runs)
      if (!measured.has(run.path))
        measured.set(run.path, measureRun(run, [...new Set([...CONTROLLED, ...statistics])]));
  }
  return measured;
}

interface SideContext {
  readonly number: number;
  readonly measured: ReadonlyMap<string, MeasuredRun>;
  readonly options: CompareOptions;
}

function compareSide(baseline: Side, candidate: Side, { number, measured, options }: SideContext): CellOutcome {
  const { allow = [], only = null, statistics = DEFAULT_STATISTICS, relativeTo = AUTO, margin } = options;
  const of = (side: Side): MeasuredRun[] => side.runs.flatMap((run) => measured.get(run.path) ?? []);
  const [before, after] = [of(baseline), of(candidate)];
  const { matches, onlyBaseline, onlyCandidate } = matchProbes(probesOf(before), probesOf(after));
  const usable = matches.filter(
    (match) => match.differ.every((key) => allow.includes(key)) && withoutRatio(match, number).length === 0,
  );
  const outcomes: CellOutcome[] = [];
  const inside = isInside(baseline, candidate);
  const marginRelative = margin ?? before[0]?.run.spec?.comparison.margin ?? DEFAULT_MARGIN;
  const shared = { number, baseline: before, candidate: after, inside, relativeTo, allow, marginRelative };
  for (const match of usable) {
    const pairs = pathPairs([baseline, before], [candidate, after], match, only);
    const asked = pairs.map((pair) => compareCell({ ...shared, match, ...pair, statistics }));
    outcomes.push(...asked);
    // A latency itself has no control.
    if (!asked.some(({ cells }) => cells.some(isRatio))) continue;
    for (const pair of controlPairs([...before, ...after], pairs, inside && candidate.path !== null)) {
      const { cells } = compareCell({ ...shared, match, ...pair, statistics: CONTROLLED });
      outcomes.push({ cells, missing: [], unlike: [] });
    }
  }
  // A path under several probes says the same of its rotation.
  const unlike = [
    ...new Map(outcomes.flatMap((outcome) => outcome.unlike).map((one) => [JSON.stringify(one), one])).values(),
  ];
  const cells = outcomes.flatMap((outcome) => outcome.cells);
  const apart = probesApart(baseline, candidate, number, allow);
  return {
    cells,
    // Where others can be compared, a probe that only looks alike is missing, not refused; a rotation as well.
    unlike: cells.length > 0 ? [] : [...unlike, ...(usable.length === 0 ? apart : [])],
    missing: [
      ...outcomes.flatMap((outcome) => outcome.missing),
      ...(usable.length === 0
        ? []
        : apart.map(({ key, baselineValues, candidateValues }) => ({
            candidate: number,
            probe: baselineValues.join(', '),
            path: '*',
            reason: `${candidateValues.join(', ')} on the other side: --allow ${key} compares them`,
          }))),
      ...matches.flatMap((match) => withoutRatio(match, number)),
      ...missingProbes(onlyBaseline, number, baseline.name),
      ...missingProbes(onlyCandidate, number, candidate.name),
    ],
  };
}

function isRatio({ effects }: ComparedCell): boolean {
  return effects.some(({ basis }) => basis.kind !== 'absolute');
}

/** Figures of two units have no ratio, whatever is allowed. */
function withoutRatio({ baseline, candidate }: ProbeMatch, number: number): MissingCell[] {
  const [a, b] = [probeOf(baseline.protocol).unit, probeOf(candidate.protocol).unit];
  if (a === b) return [];
  const reason = `${candidate.name} on the other side measures ${b}, and this ${a}: they have no ratio`;
  return [{ candidate: number, probe: baseline.name, path: '*', reason }];
}

/** Probes that are each other's nearest, and differ in what is not allowed. */
function probesApart(baseline: Side, candidate: Side, number: number, allow: readonly UnlikeKey[]) {
  const { matches } = matchProbes(specifiedProbes(baseline), specifiedProbes(candidate));
  return matches.flatMap(({ baseline: a, candidate: b, differ }) =>
    differ
      .filter((key) => !allow.includes(key))
      .map((key) =>
        unlikeness(key, { path: null, candidate: number, before: [formatProbe(a)], after: [formatProbe(b)], allow }),
      ),
  );
}

function specifiedProbes({ runs }: Side): ProbeSpec[] {
  return distinctProbes(
    runs.flatMap((run) => knownProbes(run).filter(({ name }) => run.blocks.some((block) => block.probe === name))),
  );
}

function probesOf(runs: readonly MeasuredRun[]): ProbeSpec[] {
  return distinctProbes(
    runs.flatMap(({ probes, blocks, leftOut }) =>
      probes.filter(({ name }) => [...blocks, ...leftOut].some(({ block }) => block.probe === name)),
    ),
  );
}

function distinctProbes(probes: readonly ProbeSpec[]): ProbeSpec[] {
  return [...new Map([...probes].reverse().map((probe) => [probeKey(probe), probe])).values()].reverse();
}

function missingProbes(probes: readonly ProbeSpec[], number: number, side: string): MissingCell[] {
  return probes.map((probe) => ({
    candidate: number,
    probe: probe.name,
    path: '*',
    reason: `${formatProbe(probe)}: only in ${side}`,
  }));
}

/** The same runs on both sides: then it is two paths that are compared. */
function isInside(a: Side, b: Side): boolean {
  const folders = ({ runs }: Side): string => [...new Set(runs.map((run) => run.path))].sort().join('\n');
  return folders(a) === folders(b);
}
