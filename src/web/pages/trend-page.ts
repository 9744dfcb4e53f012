// SPDX-License-Identifier: GPL-2.0-only
/** The trend page: paths over many runs, where their level changed, and what else changed there. */

import { changeDoubt, changeWords } from '../../compare/change-words.ts';
import type { ChangePoint, EnvironmentChange, TrendReport, TrendSeries } from '../../compare/trend-schema.ts';
import { STATISTICS } from '../../model/compare.ts';
import { colourClass } from '../../render/backend-colours.ts';
import { type Markup, markup } from '../../render/markup.ts';
import type { RunNames } from '../../run-index/entry-store.ts';
import { unitWords } from '../../words/figure.ts';
import {
  formatMoment,
  formatPercentInterval,
  formatPercentSigned,
  formatProbe,
  formatRatio,
} from '../../words/format.ts';
import type { TrendQuery } from '../compare-query.ts';

/** Each has a chart; the filters narrow them down. */
const MOST_CHARTS = 16;

export function trendBody(report: TrendReport, asked: TrendQuery, names: RunNames): Markup {
  const { setAside, series } = report;
  const changed = series.filter(({ changePoints }) => changePoints.length > 0);
  const drawable = series.filter(hasChart);
  // Those with changes first.
  const drawn = new Set([...changed, ...drawable].slice(0, MOST_CHARTS));
  const paths = [...new Set([...changed, ...series].map(({ path }) => path))];
  return markup`${trendForm(asked, names)}
<p class="lead">${summary(report, changed.length)}</p>
${drawable.length > drawn.size && markup`<p class="lead">${drawn.size} of ${drawable.length} charts are shown, those with changes first; the filters choose others.</p>`}
${paths.map((path, number) =>
  pathSection(
    path,
    `path-${number}`,
    series.filter((one) => one.path === path && drawn.has(one)),
  ),
)}
${fewSection(series.filter((one) => !hasChart(one)))}
${setAside.length > 0 && markup`<section aria-labelledby="aside-h"><h2 id="aside-h">Runs without a point</h2><ul class="gaps">${asideLines(setAside)}</ul></section>`}`;
}

/** Runs with the same reason share a line. */
function asideLines(setAside: TrendReport['setAside']): Markup[] {
  const reasons = new Map<string, string[]>();
  for (const { run, reason } of setAside) reasons.set(reason, [...(reasons.get(reason) ?? []), run]);
  return [...reasons].map(
    ([reason, runs]) =>
      markup`<li>${reason}: ${runs.slice(0, MOST_NAMED).join(', ')}${runs.length > MOST_NAMED && ` and ${runs.length - MOST_NAMED} more`}</li>`,
  );
}

const MOST_NAMED = 3;

/** Of fewer runs no change can be seen, and a line through them says nothing. */
function hasChart({ moreRunsNeeded, changePoints }: TrendSeries): boolean {
  return moreRunsNeeded === 0 || changePoints.length > 0;
}

function pathSection(path: string, id: string, series: readonly TrendSeries[]): Markup | null {
  if (series.length === 0) return null;
  return markup`<section aria-labelledby="${id}"><h2 id="${id}">${path}</h2>${series.map((one, index) => seriesPart(one, `${id}-${index}`))}</section>`;
}

/** What has too few runs for a chart: its newest figures, and how many are missing. */
function fewSection(few: readonly TrendSeries[]): Markup | null {
  if (few.length === 0) return null;
  const rows = few.map((one) => {
    const { path, points, moreRunsNeeded, unit } = one;
    const value = valueText(unit);
    const shown = points
      .slice(-MOST_FEW)
      .map(({ run, value: level }) => markup`<a href="/runs/${run}">${value(level)}</a> `);
    return markup`<tr><th scope="row">${path}</th><td class="words">${nameOf(one)}</td><td class="words" data-head="the newest">${points.length > MOST_FEW && '… '}${shown}${unit === 'ratio' ? 'x' : unitWords(unit).shown}</td><td data-head="runs">${points.length}</td><td data-head="more needed">${moreRunsNeeded}</td></tr>`;
  });
  return markup`<section aria-labelledby="few-h"><h2 id="few-h">Too few runs for a chart</h2><div class="wide" tabindex="0" role="group" aria-label="too few runs for a chart"><table class="figures cards"><thead><tr><th scope="col">path</th><th scope="col" class="words">what</th><th scope="col" class="words">the newest, in their order</th><th scope="col">runs</th><th scope="col">more needed</th></tr></thead><tbody>${rows}</tbody></table></div></section>`;
}

const MOST_FEW = 9;

function nameOf({ probe, k, statistic, relativeTo, within }: TrendSeries): string {
  const what = `${statistic}${relativeTo === null ? '' : ` over that of ${relativeTo}`}${within === 'draws' ? ', within draws' : ''}`;
  return `${formatProbe(probe)}, K = ${k}: ${what}`;
}

function summary({ runs, series }: TrendReport, changed: number): string {
  if (series.length === 0) return `${runs} runs, and none has what was asked for.`;
  const found = changed === 0 ? 'no level changed' : `${changed} of them changed`;
  return `${runs} runs, ${series.length} series: ${found}.`;
}

function trendForm(asked: TrendQuery, names: RunNames): Markup {
  const chooser = (name: string, values: readonly string[], chosen: string | null, any: string | null): Markup => {
    const known = chosen === null || values.includes(chosen) ? values : [chosen, ...values];
    return markup`<label>${name} <select name="${name}">${any !== null && markup`<option value="">${any}</option>`}${known.map((value) => markup`<option${value === chosen && markup` selected`}>${value}</option>`)}</select></label>`;
  };
  return markup`<form class="filters" method="get" action="/trend">${chooser('path', names.paths, asked.path, 'all')}${chooser('probe', names.probes, asked.probe, 'all')}${chooser('label', names.labels, asked.label, 'any')}${chooser('statistic', STATISTICS, asked.statistic, null)}${chooser('relative', names.paths, asked.relativeTo, 'absolute')}
<label>newest runs <input type="number" name="last" min="2" max="1000" value="${asked.last}"></label><span class="buttons"><button class="tool">show</button></span></form>`;
}

function seriesPart(series: TrendSeries, id: string): Markup {
  const { path, points, changePoints, method, unit } = series;
  const value = valueText(unit);
  const name = nameOf(series);
  return markup`<h3 id="${id}"><span class="key">${name}</span></h3>
<div class="chart-box trend" data-label="${name}, ${path} over ${points.length} runs" data-trend="${JSON.stringify(chartOf(series))}"></div>
${
  changePoints.length > 0
    ? markup`<ul class="changes">${changePoints.map((change) => changeLine(change, value))}</ul>`
    : markup`<p class="lead">No change of its level.</p>`
}
<details><summary>the points, and the method</summary><p class="lead">${method}</p><div class="wide" tabindex="0" role="group" aria-label="points of ${path}, ${name}"><table class="figures"><thead><tr><th scope="col">run</th><th scope="col">started</th><th scope="col">${unit === 'ratio' ? unit : unitWords(unit).shown}</th><th scope="col">n</th><th scope="col">lost</th><th scope="col" class="words">changed since the run before</th></tr></thead><tbody>${points.map(
    (point) =>
      markup`<tr><th scope="row"><a href="/runs/${point.run}">${point.run}</a></th><td class="when">${formatMoment(point.startedAt)}</td><td>${value(point.value)}</td><td>${point.n}</td><td>${point.lost}</td><td class="words">${changesText(point.changes)}</td></tr>`,
  )}</tbody></table></div></details>`;
}

function changeLine(change: ChangePoint, value: (level: number) => string): Markup {
  const { run, before, after, relative, relativeInterval, pValue, changes } = change;
  const doubt = changeDoubt(change);
  const interval = relativeInterval === null ? '' : ` ${formatPercentInterval(relativeInterval)}`;
  return markup`<li><a href="/runs/${run}">${run}</a>: ${value(before)} → ${value(after)}, <b>${formatPercentSigned(relative)}</b>${interval}, p = ${pValue < 0.001 ? '< 0.001' : pValue.toFixed(3)}${doubt && `, ${doubt}`}; ${changes.length === 0 ? 'nothing that is recorded of the environment changed there' : `changed there: ${changesText(changes)}`}</li>`;
}

function changesText(changes: readonly EnvironmentChange[]): string {
  return changes
    .map(({ key, path, before, after }) => `${key}${path === null ? '' : ` of ${path}`}: ${changeWords(before, after)}`)
    .join('; ');
}

function valueText(unit: TrendSeries['unit']): (value: number) => string {
  return unit === 'ratio' ? formatRatio : unitWords(unit).format;
}

/** What stands at the line of a change: the options themselves, of all else only what it is. */
function shortChanges(changes: readonly EnvironmentChange[]): string {
  const words = changes.map(({ key, before, after }) => (key === 'options' ? changeWords(before, after) : key));
  return [...new Set(words)].join(', ');
}

/** For assets/trend.js; seconds since the epoch, and us or a ratio. */
function chartOf({ backend, points, segments, changePoints, unit }: TrendSeries) {
  const { factor: scale, shown } = unit === 'ratio' ? { factor: 1, shown: 'x' } : unitWords(unit);
  return {
    unit: shown,
    colour: colourClass({ backend, isTwin: false }),
    runs: points.map(({ run }) => run),
    at: points.map(({ startedAt }) => Date.parse(startedAt) / 1000),
    values: points.map(({ value }) => value / scale),
    segments: segments.map(({ first, last, level, interval }) => ({
      first,
      last,
      level: level / scale,
      low: interval === null ? null : interval.low / scale,
      high: interval === null ? null : interval.high / scale,
    })),
    changes: changePoints.map(({ index, relative, changes }) => ({
      index,
      text: `${formatPercentSigned(relative)}${changes.length > 0 ? ` · ${shortChanges(changes)}` : ''}`,
    })),
  };
}
