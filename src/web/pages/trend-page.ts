// SPDX-License-Identifier: GPL-2.0-only
/** The trend page: paths over many runs, where their level changed, and what else changed there. */

import type { ChangePoint, EnvironmentChange, TrendReport, TrendSeries } from '../../compare/trend-schema.ts';
import { STATISTICS } from '../../model/compare.ts';
import { colourClass } from '../../render/backend-colours.ts';
import { type Markup, markup } from '../../render/markup.ts';
import type { RunNames } from '../../run-index/entry-store.ts';
import {
  formatMoment,
  formatPercentInterval,
  formatPercentSigned,
  formatProbe,
  formatRatio,
  formatUs,
} from '../../words/format.ts';
import type { TrendQuery } from '../compare-query.ts';

/** Each has a chart; the filters narrow them down. */
const MOST_SERIES = 16;

export function trendBody(report: TrendReport, asked: TrendQuery, names: RunNames): Markup {
  const { setAside } = report;
  // One run is no trend.
  const series = report.series.filter(({ points }) => points.length > 1);
  const single = report.series.length - series.length;
  const changed = series.filter(({ changePoints }) => changePoints.length > 0);
  const steady = series.filter(({ changePoints }) => changePoints.length === 0);
  const shown = [...changed, ...steady].slice(0, MOST_SERIES);
  return markup`${trendForm(asked, names)}
<p class="lead">${summary(report, changed.length)}</p>
${series.length > shown.length && markup`<p class="lead">${shown.length} of ${series.length} series are shown, those with changes first.</p>`}
${shown.map(seriesSection)}
${single > 0 && markup`<p class="lead">${single} more ${single === 1 ? 'has' : 'have'} one run alone, and are not drawn.</p>`}
${setAside.length > 0 && markup`<section aria-labelledby="aside-h"><h2 id="aside-h">Runs without a point</h2><ul class="gaps">${setAside.map(({ run, reason }) => markup`<li>${run}: ${reason}</li>`)}</ul></section>`}`;
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

function seriesSection(series: TrendSeries, number: number): Markup {
  const { path, probe, k, statistic, relativeTo, points, changePoints, moreRunsNeeded, method, unit, within } = series;
  const id = `series-${number}`;
  const value = valueText(unit);
  const what = `${statistic}${relativeTo === null ? '' : ` over that of ${relativeTo}`}${within === 'draws' ? ', within draws' : ''}`;
  return markup`<section aria-labelledby="${id}"><h2 id="${id}">${path} <span class="faint key">${formatProbe(probe)}, K = ${k}: ${what}</span></h2>
<div class="chart-box trend" data-label="${what} of ${path} over ${points.length} runs" data-trend="${JSON.stringify(chartOf(series))}"></div>
${
  changePoints.length > 0
    ? markup`<ul class="changes">${changePoints.map((change) => changeLine(change, value))}</ul>`
    : markup`<p class="lead">${moreRunsNeeded > 0 ? `No change can be seen yet: ${moreRunsNeeded} more ${moreRunsNeeded === 1 ? 'run is' : 'runs are'} needed.` : 'No change of its level.'}</p>`
}
<details><summary>the points, and the method</summary><p class="lead">${method}</p><div class="wide" tabindex="0" role="group" aria-label="points of ${path}"><table class="figures"><thead><tr><th scope="col">run</th><th scope="col">started</th><th scope="col">${unit === 'ns' ? 'us' : 'ratio'}</th><th scope="col">n</th><th scope="col">lost</th><th scope="col">changed since the run before</th></tr></thead><tbody>${points.map(
    (point) =>
      markup`<tr><th scope="row"><a href="/runs/${point.run}">${point.run}</a></th><td>${formatMoment(point.startedAt)}</td><td>${value(point.value)}</td><td>${point.n}</td><td>${point.lost}</td><td class="words">${changesText(point.changes)}</td></tr>`,
  )}</tbody></table></div></details></section>`;
}

function changeLine(
  { run, before, after, relative, relativeInterval, pValue, withinMargin, changes }: ChangePoint,
  value: (level: number) => string,
): Markup {
  const interval = relativeInterval === null ? '' : ` ${formatPercentInterval(relativeInterval)}`;
  return markup`<li><a href="/runs/${run}">${run}</a>: ${value(before)} → ${value(after)}, <b>${formatPercentSigned(relative)}</b>${interval}, p = ${pValue < 0.001 ? '< 0.001' : pValue.toFixed(3)}${withinMargin && ', within the margin'}; ${changes.length === 0 ? 'nothing that is recorded of the environment changed there' : `changed there: ${changesText(changes)}`}</li>`;
}

function changesText(changes: readonly EnvironmentChange[]): string {
  return changes
    .map(({ key, path, before, after }) => `${key}${path === null ? '' : ` of ${path}`}: ${before} → ${after}`)
    .join('; ');
}

function valueText(unit: TrendSeries['unit']): (value: number) => string {
  return unit === 'ns' ? formatUs : formatRatio;
}

/** For assets/trend.js; seconds since the epoch, and us or a ratio. */
function chartOf({ backend, points, segments, changePoints, unit }: TrendSeries) {
  const scale = unit === 'ns' ? 1000 : 1;
  return {
    unit: unit === 'ns' ? 'us' : 'x',
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
      text: `${formatPercentSigned(relative)}${changes.length > 0 ? ` · ${[...new Set(changes.map(({ key }) => key))].join(', ')}` : ''}`,
    })),
  };
}
