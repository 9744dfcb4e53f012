// SPDX-License-Identifier: GPL-2.0-only
/** Renders a trend as text: a sparkline and a few lines for each series, or a plot where there is one alone. */

import { betterOf } from '../model/unit.ts';
import { probeOf } from '../probes/index.ts';
import { paint, paintBackend, plainSigns, type TextOptions } from '../render/text/style.ts';
import { unitWords } from '../words/figure.ts';
import {
  formatCounted,
  formatHeading,
  formatPercentInterval,
  formatPercentSigned,
  formatPercentSize,
} from '../words/format.ts';
import { plainText } from '../words/plain-text.ts';
import { indented, wrap } from '../words/wrap.ts';
import { changeDoubt, changeWords } from './change-words.ts';
import { plot, sparkline } from './sparkline.ts';
import type { ChangePoint, EnvironmentChange, TrendReport, TrendSeries } from './trend-schema.ts';

const PLOT_HEIGHT = 11;
const MOST_LISTED = 20;

/** The report as text that ends with a newline; harmless whatever names the runs have. */
export function renderTrend(report: TrendReport, asked: TextOptions): string {
  const options = { ...asked, width: Math.max(40, Math.floor(asked.width)) };
  const { series } = report;
  const detailed = new Set(series.map(({ path }) => path)).size === 1;
  const sections = [
    ...series.map((one) => seriesLines(one, detailed, options)),
    list('notes', notes(report), options),
    list('left out', leftOut(report), options),
  ];
  const text = sections.filter((lines) => lines.length > 0).map((lines) => `${lines.join('\n')}\n`);
  return plainSigns(text.join('\n'), options);
}

function seriesLines(series: TrendSeries, detailed: boolean, options: TextOptions): string[] {
  const { points, changePoints } = series;
  const heading = wrap(headingOf(series), { width: options.width, first: '', rest: '  ' });
  const values = points.map(({ value }) => value);
  const picture = detailed
    ? plot(values, {
        width: options.width - 14,
        height: PLOT_HEIGHT,
        ascii: options.ascii,
        changes: changePoints.map(({ index }) => index),
        levels: points.map((_, i) => series.segments.find(({ last }) => i <= last)?.level ?? 0),
        label: (value) => formatValue(series, value),
      })
    : [sparkline(values, options.width - 4, options.ascii)];
  return [
    ...heading.map((line) => paint(line, 'heading', options)),
    ...picture.map((line) => `  ${paintBackend(line, series.backend, options)}`),
    `  ${span(series)}`,
    ...statement(series).flatMap((line) => indented(line, options.width)),
    ...changePoints.flatMap((change) => changeLines(series, change, options)),
    ...(detailed ? otherChanges(series) : []).flatMap((line) =>
      indented(line, options.width).map((text) => paint(text, 'faint', options)),
    ),
  ];
}

function headingOf({ path, probe, k, statistic, relativeTo, within }: TrendSeries): string {
  const over = relativeTo === null ? '' : ` over ${relativeTo}`;
  const from = within === 'draws' ? `in draws of pairs (K = ${k})` : `K = ${k} in rotation`;
  return plainText(`${path}${over}, ${statistic}: ${formatHeading(probe, from, false)}`);
}

function span({ points }: TrendSeries): string {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return 'no run';
  return `${formatCounted(points.length, 'run')}, ${day(first.startedAt)} to ${day(last.startedAt)}`;
}

/** "2026-11-25 21:14". */
function day(iso: string): string {
  return plainText(iso.slice(0, 16).replace('T', ' '), 16);
}

function formatValue({ unit }: Pick<TrendSeries, 'unit'>, value: number): string {
  if (unit === 'ratio') return value.toFixed(3);
  const { format, shown } = unitWords(unit);
  return `${format(value)} ${shown}`;
}

/** What is seen, or how many runs are missing before anything can be. */
function statement(series: TrendSeries): string[] {
  const { moreRunsNeeded, points, changePoints, segments, runStddev } = series;
  const last = segments.at(-1);
  const level = last === undefined ? '' : levelText(series, last);
  const spread = runStddev === null ? '' : `; a run scatters by ${formatPercentSize(runStddev)}`;
  if (moreRunsNeeded > 0) {
    return [
      `${level}${spread}`,
      `too few for change points: ${points.length} of ${points.length + moreRunsNeeded} runs; ${formatCounted(moreRunsNeeded, 'more run')} needed`,
    ];
  }
  if (changePoints.length === 0) return [`no change: ${level}${spread}`];
  return [`now ${level}${spread}`];
}

function levelText(series: TrendSeries, { level, interval, first, last }: TrendSeries['segments'][number]): string {
  const bounds =
    interval === null ? '' : ` [${formatValue(series, interval.low)}, ${formatValue(series, interval.high)}]`;
  return `${formatValue(series, level)}${bounds} over ${formatCounted(last - first + 1, 'run')}`;
}

function changeLines(series: TrendSeries, change: ChangePoint, options: TextOptions): string[] {
  const { relative, relativeInterval, before, after, pValue, run, startedAt } = change;
  const interval = relativeInterval === null ? '' : ` ${formatPercentInterval(relativeInterval)}`;
  const size = `${formatValue(series, before)} -> ${formatValue(series, after)}`;
  const doubt = changeDoubt(change);
  const text = `${day(startedAt)} ${plainText(run, 60)}: ${formatPercentSigned(relative)}${interval}, ${size} (p = ${formatP(pValue)})${doubt && `; ${doubt}`}`;
  const better = betterOf(probeOf(series.probe.protocol).unit);
  const tone = doubt !== '' ? 'plain' : relative > 0 === (better === 'lower') ? 'error' : 'good';
  const own = series.segments.find(({ first }) => first === change.index);
  const earlier = series.segments.find(({ last }) => last === change.index - 1);
  const why = [
    ...(change.changes.length === 0 ? ['nothing that is recorded of the environment changed there'] : []),
    ...change.changes.map(changeText),
    ...loadText(series, change, [earlier?.first ?? 0, (own?.last ?? change.index) + 1]),
  ];
  return [
    ...indented(text, options.width).map((line) => paint(line, tone, options)),
    ...why.flatMap((line) => wrap(line, { width: options.width, first: '    ', rest: '      ' })),
  ];
}

function formatP(p: number): string {
  return p < 0.001 ? '<0.001' : p.toFixed(3);
}

/** "kernel: 6.18.44 -> 6.18.45". */
function changeText({ key, path, before, after }: EnvironmentChange): string {
  return plainText(`${key}${path === null ? '' : ` of ${path}`}: ${changeWords(before, after)}`);
}

/** Changes of the environment at which the latency did not change: an answer as well. Equal ones share a line. */
function otherChanges({ points, changePoints }: TrendSeries): string[] {
  const places = new Set(changePoints.map(({ index }) => index));
  const when = new Map<string, string[]>();
  for (const [index, { changes, startedAt }] of points.entries()) {
    if (places.has(index)) continue;
    for (const change of changes) {
      const text = changeText(change);
      when.set(text, [...(when.get(text) ?? []), day(startedAt)]);
    }
  }
  const all = [...when].map(([text, days]) => {
    const times = days.length > 2 ? `${days[0]} and ${days.length - 1} times more` : days.join(', ');
    return `no change of level at ${times}: ${text}`;
  });
  if (all.length <= MOST_LISTED) return all;
  return [...all.slice(-MOST_LISTED), `and ${all.length - MOST_LISTED} earlier ones; --json has all`];
}

/** Other work moves a latency without leaving a trace in the environment. */
function loadText({ points }: TrendSeries, { index }: ChangePoint, bounds: readonly [number, number]): string[] {
  const median = (from: number, to: number): number | null => {
    const loads = points.slice(from, to).flatMap(({ load1 }) => load1 ?? []);
    return [...loads].sort((a, b) => a - b)[Math.floor(loads.length / 2)] ?? null;
  };
  const [before, after] = [median(bounds[0], index), median(index, bounds[1])];
  return before === null || after === null
    ? []
    : [`load before the runs, median: ${before.toFixed(1)} -> ${after.toFixed(1)}`];
}

function notes({ series }: TrendReport): string[] {
  const [first] = series;
  if (first === undefined) return [];
  return [
    first.method,
    ...(series.some(({ changePoints }) => changePoints.length > 0)
      ? [
          'the interval of a change is optimistic: its place was chosen by the same runs; hoplab compare --since RUN tests a place that you name',
        ]
      : []),
    ...(series.every(({ relativeTo, path }) => relativeTo === null && path !== 'host')
      ? [
          `the ${unitWords(first.unit === 'ratio' ? 'ns' : first.unit).noun} itself moves with the load of the machine; --relative-to a path of the same rotation takes that out`,
        ]
      : []),
  ];
}

/** Runs with the same reason share a line. */
function leftOut({ setAside }: TrendReport): string[] {
  const reasons = new Map<string, string[]>();
  for (const { run, reason } of setAside) reasons.set(reason, [...(reasons.get(reason) ?? []), run]);
  return [...reasons].map(([reason, runs]) => {
    const some = runs.slice(0, 3).join(', ');
    return plainText(`${some}${runs.length > 3 ? ` and ${runs.length - 3} more` : ''}: ${reason}`, 400);
  });
}

function list(title: string, entries: readonly string[], options: TextOptions): string[] {
  if (entries.length === 0) return [];
  return [
    paint(title, 'heading', options),
    ...entries.flatMap((entry) =>
      indented(plainText(entry), options.width).map((line) => paint(line, 'faint', options)),
    ),
  ];
}
