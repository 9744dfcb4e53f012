// SPDX-License-Identifier: GPL-2.0-only
/** Builds a trend: one series for every path under every probe, its change points, and what else changed there. */
import type { StatisticName } from '../model/compare.ts';
import type { CellSummary, ProbeReport } from '../model/result.ts';
import { probeOf } from '../probes/index.ts';
import { SAMPLES_GONE } from '../run-store/samples-gone.ts';
import { differenceOfMeans, differenceOfPooled, meanOfUnits } from '../stats/between-runs.ts';
import { DEFAULT_MARGIN } from '../stats/compare-draws.ts';
import { type Division, divisions, LEAST_POINTS } from '../stats/e-divisive.ts';
import { mean, moments } from '../stats/moments.ts';
import { meanInterval } from '../stats/student-t.ts';
import { probeKey } from './match-probes.ts';
import type { TrendRun } from './read-trend-run.ts';
import type { ChangePoint, TrendPoint, TrendReport, TrendSegment, TrendSeries, TrendSetAside } from './trend-schema.ts';
import { environmentChanges } from './unlike.ts';
import { tooFewFor, whyMissing } from './why-missing.ts';

export interface TrendOptions {
  readonly version: string;
  readonly statistic?: StatisticName;
  /** null = all paths. */
  readonly path?: string | null;
  /** Name of a probe in any of the runs; null = all. */
  readonly probe?: string | null;
  /** The path that each point is divided by; null = absolute. */
  readonly relativeTo?: string | null;
  readonly margin?: number;
  readonly setAside?: readonly TrendSetAside[];
}

/** A point with its run, before what changed is known. */
interface Found {
  readonly run: TrendRun;
  readonly probe: ProbeReport['probe'];
  readonly cell: Pick<CellSummary, 'path' | 'backend' | 'k' | 'n' | 'lost'>;
  readonly value: number;
  readonly within: TrendSeries['within'];
}

/** The trend of runs in the order of their start, whatever order they come in. Never mixes probes, paces or rotations. */
export function buildTrend(runs: readonly TrendRun[], options: TrendOptions): TrendReport {
  const ordered = [...runs].sort((a, b) => (a.header.startedAt < b.header.startedAt ? -1 : 1));
  const grouped = new Map<string, Found[]>();
  const without: TrendSetAside[] = [];
  for (const run of ordered) {
    const points = pointsOf(run, options);
    if (points.length === 0) without.push({ run: run.header.id, reason: whyNone(run, options) });
    for (const point of points) {
      const key = JSON.stringify([probeKey(point.probe), point.cell.path, point.cell.k, point.within]);
      grouped.set(key, [...(grouped.get(key) ?? []), point]);
    }
  }
  return {
    schema: 1,
    kind: 'trend',
    tool: { name: 'hoplab', version: options.version },
    runs: runs.length,
    series: [...grouped.values()].map((found) => seriesOf(found, options)),
    setAside: [...(options.setAside ?? []), ...without],
  };
}

function pointsOf(run: TrendRun, options: TrendOptions): Found[] {
  const { path = null, probe: wanted = null } = options;
  return run.report.probes
    .filter(({ probe }) => wanted === null || probe.name === wanted)
    .flatMap((report) =>
      report.cells
        .filter((cell) => (path === null ? cell.twinOf === null : cell.path === path))
        .flatMap((cell) => pointOf(run, report, cell, options)),
    );
}

function pointOf(run: TrendRun, report: ProbeReport, cell: CellSummary, options: TrendOptions): Found[] {
  const { statistic = 'p50', relativeTo = null } = options;
  const level = statisticOf(cell, statistic);
  if (level === null) return [];
  const { probe } = report;
  if (relativeTo === null) return [{ run, probe, cell, value: level, within: 'overview' }];
  if (cell.path === relativeTo) return [];
  const drawn = report.comparisons.find((pair) => pair.candidate === cell.path && pair.reference === relativeTo);
  if (statistic === 'p50' && drawn !== undefined) {
    const { k, n, lost } = drawn;
    return [{ run, probe, cell: { ...cell, k, n, lost }, value: 1 + drawn.relative, within: 'draws' }];
  }
  const other = report.cells.find(({ path }) => path === relativeTo);
  const below = other === undefined ? null : statisticOf(other, statistic);
  return below === null ? [] : [{ run, probe, cell, value: level / below, within: 'overview' }];
}

function statisticOf(cell: CellSummary, statistic: StatisticName): number | null {
  if (cell.unit !== undefined) return statistic === 'p50' || statistic === 'mean' ? cell[statistic] : null;
  const { p50Ns: p50, p90Ns: p90, p99Ns: p99, p999Ns, meanNs } = cell;
  return { p50, p90, p99, 'p99.9': p999Ns, mean: meanNs }[statistic];
}

function whyNone(
  { report }: TrendRun,
  { path = null, probe = null, relativeTo = null, statistic = 'p50' }: TrendOptions,
): string {
  if (report.failed.some(({ reason }) => reason === SAMPLES_GONE)) return SAMPLES_GONE;
  const asked = report.probes.filter((one) => probe === null || one.probe.name === probe);
  const [first] = asked;
  const cells = asked.flatMap((one) => one.cells);
  const absent = [path, relativeTo].find((name) => name !== null && !cells.some((cell) => cell.path === name));
  if (absent === undefined || absent === null) return cells.length === 0 ? 'it has no row' : tooFewFor(statistic);
  const { failed, unavailable } = report;
  const own = failed.find((cell) => cell.path === absent && (probe === null || cell.probe === probe));
  const under = own?.probe ?? first?.probe.name ?? null;
  return `${absent}: ${whyMissing({ path: absent, probe: under, failed, unavailable })}`;
}

function seriesOf(found: readonly Found[], options: TrendOptions): TrendSeries {
  const { statistic = 'p50', relativeTo = null, margin = DEFAULT_MARGIN } = options;
  const [first] = found;
  if (first === undefined) throw new Error('a series without a point');
  const logs = found.map(({ value }) => Math.log(value));
  const changes = divisions(logs);
  const bounds = [0, ...changes.map(({ index }) => index), found.length];
  const segments = bounds.slice(0, -1).map((from, i) => segmentOf(logs, from, (bounds[i + 1] ?? from) - 1));
  return {
    path: first.cell.path,
    backend: first.cell.backend,
    probe: first.probe,
    k: first.cell.k,
    statistic,
    relativeTo,
    within: first.within,
    unit: relativeTo === null ? probeOf(first.probe.protocol).unit : 'ratio',
    points: found.map((point, index) => asPoint(point, found[index - 1], relativeTo)),
    segments,
    changePoints: changes.map((change, i) => changeOf({ change, bounds, i, logs, found, margin, relativeTo })),
    moreRunsNeeded: Math.max(0, LEAST_POINTS - found.length),
    runStddev: spreadIn(logs, segments),
    method: 'E-divisive on ranks, permutation test at 5 %; levels are geometric means over runs',
  };
}

function asPoint({ run, cell, value }: Found, before: Found | undefined, relativeTo: string | null): TrendPoint {
  const { header, folder, conditions, load1 } = run;
  return {
    run: header.id,
    folder,
    label: header.label,
    startedAt: header.startedAt,
    state: header.state,
    toolVersion: header.tool.version,
    value,
    n: cell.n,
    lost: cell.lost,
    load1,
    changes: before === undefined ? [] : environmentChanges(before.run.conditions, conditions, [cell.path, relativeTo]),
  };
}

function segmentOf(logs: readonly number[], first: number, last: number): TrendSegment {
  const own = logs.slice(first, last + 1);
  const over = own.length < 2 ? null : meanInterval(own);
  const interval = over === null ? null : { low: Math.exp(over.low), high: Math.exp(over.high) };
  return { first, last, level: Math.exp(mean(own)), interval };
}

interface ChangeContext {
  readonly change: Division;
  readonly bounds: readonly number[];
  /** Its number among the changes. */
  readonly i: number;
  readonly logs: readonly number[];
  readonly found: readonly Found[];
  readonly margin: number;
  readonly relativeTo: string | null;
}

function changeOf({ change, bounds, i, logs, found, margin, relativeTo }: ChangeContext): ChangePoint {
  const { index, pValue } = change;
  const before = logs.slice(bounds[i], index);
  const after = logs.slice(index, bounds[i + 2]);
  const single = Math.min(before.length, after.length) < 2;
  const over = single ? differenceOfPooled(before, after) : differenceOfMeans(meanOfUnits(before), meanOfUnits(after));
  const relative = Math.expm1(over.mean);
  const [here, last] = [found[index], found[index - 1]];
  return {
    index,
    run: here?.run.header.id ?? '',
    startedAt: here?.run.header.startedAt ?? '',
    before: Math.exp(mean(before)),
    after: Math.exp(mean(after)),
    relative,
    relativeInterval: { low: Math.expm1(over.low), high: Math.expm1(over.high) },
    pValue,
    withinMargin: Math.abs(relative) <= margin,
    changes:
      here === undefined || last === undefined
        ? []
        : environmentChanges(last.run.conditions, here.run.conditions, [here.cell.path, relativeTo]),
  };
}

/** Around the levels: sqrt of the pooled variance of the segments. */
function spreadIn(logs: readonly number[], segments: readonly TrendSegment[]): number | null {
  let squares = 0;
  let df = 0;
  for (const { first, last } of segments) {
    const { n, stddev } = moments(logs.slice(first, last + 1));
    squares += (n - 1) * stddev ** 2;
    df += n - 1;
  }
  return df < 2 ? null : Math.sqrt(squares / df);
}
