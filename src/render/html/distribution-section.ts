// SPDX-License-Identifier: GPL-2.0-only
/** How the round trips of every path are spread: ECDF, percentiles, histograms, and the quantiles themselves. */
import type { ProbeSpec } from '../../model/probe-spec.ts';
import { QUANTILES } from '../../results/run/distribution.ts';
import type { RunFigures } from '../../results/run/figures.ts';
import { formatUs } from '../../words/format.ts';
import { ecdfChart } from '../charts/ecdf.ts';
import { histogramChart } from '../charts/histogram.ts';
import { looksOf } from '../charts/look.ts';
import { percentileChart } from '../charts/percentiles.ts';
import { hostApart, type Series } from '../charts/series.ts';
import { type Markup, markup } from '../markup.ts';
import type { RunWords } from '../text/run-words.ts';
import {
  folded,
  foldingTable,
  heading,
  roomClass,
  type Section,
  type SectionContext,
  swatch,
  wide,
} from './section.ts';

/** null = there are no samples to draw. */
export function distributionSection(subject: RunFigures, words: RunWords, context: SectionContext): Section | null {
  const parts = subject.report.probes.flatMap(({ probe }, index) => {
    const series = seriesOf(subject, probe.name, words);
    return series.length === 0 ? [] : [probePart(probe, series, { ...context, prefix: `${context.prefix}d${index}-` })];
  });
  if (parts.length === 0) return null;
  return { id: `${context.prefix}distribution`, title: 'Distributions', body: markup`${parts}` };
}

/** The paths of a probe, in the order of its table. */
export function seriesOf({ report, distributions }: RunFigures, probe: string, { label }: RunWords): Series[] {
  const looks = looksOf(report);
  return distributions
    .filter((distribution) => distribution.probe === probe)
    .flatMap((distribution) => {
      const look = looks.get(distribution.path);
      return look === undefined ? [] : [{ distribution, look, label: label(distribution.path) }];
    });
}

function legend(series: readonly Series[]): Markup {
  return markup`<ul class="legend">${series.map(({ look, label }) => markup`<li>${swatch(look)} ${label}</li>`)}</ul>`;
}

function probePart(probe: ProbeSpec, series: readonly Series[], context: SectionContext): Markup {
  const { guests, hosts } = hostApart(series);
  const apart =
    hosts.length > 0 &&
    folded(
      `${hosts.map(({ label }) => label).join(', ')}: no guest on its way, on axes of its own`,
      markup`<div class="charts">${chartsOf(probe, hosts, `${context.prefix}h-`)}</div>`,
    );
  return markup`${heading(context, markup`<span class="probe">${probe.name}</span>`)}${legend(guests)}<div class="charts">${chartsOf(probe, guests, context.prefix)}</div>${apart}${foldingTable(`quantiles of ${probe.name}`, quantileTable(series))}`;
}

function chartsOf(probe: ProbeSpec, series: readonly Series[], prefix: string): Markup[] {
  const said = series.map(({ label, distribution }) => `${label} ${middleOf(distribution.quantiles)}`).join(', ');
  const name = (id: string, title: string, what: string) => ({
    id: `${prefix}${id}`,
    title: `${title}, ${probe.name}`,
    description: `${what} Medians: ${said}. All figures stand in the table of quantiles below.`,
  });
  const charts: readonly (readonly [string, Markup, string])[] = [
    [
      'ECDF',
      ecdfChart(
        series,
        name('ecdf', 'Empirical distribution', 'A curve a path: the share of transactions that took at most so long.'),
      ),
      'The share of transactions that took at most so long. A curve further left is faster.',
    ],
    [
      'percentiles',
      percentileChart(
        series,
        name('pct', 'Percentiles', 'A curve a path: the time at each percentile, with the tail spread out.'),
      ),
      'The time at each percentile; each step to the right leaves out a tenth of what was beyond. A curve further down is faster.',
    ],
    [
      'histogram',
      histogramChart(series, name('hist', 'Histograms', 'A row a path: how many transactions took how long.')),
      'How many transactions took how long, each path by its own largest bin; the marks are p50 and p99.',
    ],
  ];
  return charts.map(
    ([what, chart, says]) =>
      markup`<figure>${wide(`${what} of ${probe.name}: ${series.map(({ label }) => label).join(', ')}`, chart)}<figcaption>${says}</figcaption></figure>`,
  );
}

function middleOf(quantiles: Series['distribution']['quantiles']): string {
  const found = quantiles.find(({ p }) => p === 0.5) ?? quantiles[0];
  return found === undefined ? 'none' : `${formatUs(found.ns)} us`;
}

/** The ranks that are read first; then the others, and what the table of the run says too. */
const NEEDED: readonly number[] = [0.5, 0.99, 0.999, 0, 1, 0.9, 0.25, 0.75, 0.95];

function quantileTable(series: readonly Series[]): Markup {
  const shown = QUANTILES.filter((p) =>
    series.some(({ distribution }) => distribution.quantiles.some((one) => one.p === p)),
  );
  const needed = [...NEEDED, ...shown.filter((p) => !NEEDED.includes(p))].filter((p) => shown.includes(p));
  const roomOf = (p: number): string => roomClass(needed.indexOf(p)) ?? '';
  const rows = series.map(({ label, look, distribution: { quantiles, n, lost, k } }) => {
    const cells = shown.map((p) => {
      const found = quantiles.find((one) => one.p === p);
      return found === undefined
        ? markup`<td class="nothing ${roomOf(p)}">-</td>`
        : markup`<td class="${roomOf(p)}"><data value="${found.ns}" title="${found.ns} ns">${formatUs(found.ns)}</data></td>`;
    });
    return markup`<tr><th scope="row">${swatch(look)} ${label}</th><td class="phone-shut">${n}</td><td class="narrow-shut phone-shut">${lost}</td><td class="narrow-shut phone-shut">${k}</td>${cells}</tr>`;
  });
  const heads = shown.map((p) => (p === 0 ? 'min' : p === 1 ? 'max' : `p${Number((p * 100).toFixed(4))}`));
  return markup`<table class="figures sortable" data-name="quantiles"><thead><tr><th scope="col">RTT in us</th><th scope="col" class="phone-shut">n</th><th scope="col" class="narrow-shut phone-shut">lost</th><th scope="col" class="narrow-shut phone-shut">K</th>${shown.map(
    (p, index) => markup`<th scope="col" class="${roomOf(p)}">${heads[index] ?? ''}</th>`,
  )}</tr></thead><tbody>${rows}</tbody></table>`;
}
