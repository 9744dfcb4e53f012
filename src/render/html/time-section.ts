// SPDX-License-Identifier: GPL-2.0-only
/** When what was slow happened: the samples of every path in the order of measuring, and a summary of each. */

import type { RunFigures } from '../../results/run/figures.ts';
import { formatDuration, formatUs } from '../../words/format.ts';
import type { Series } from '../charts/series.ts';
import { timeChart } from '../charts/time-series.ts';
import { type Markup, markup } from '../markup.ts';
import type { RunWords } from '../text/run-words.ts';
import { seriesOf } from './distribution-section.ts';
import { folded, heading, type Section, type SectionContext, swatch, wide } from './section.ts';

/** null = there are no samples to draw. */
export function timeSection(subject: RunFigures, words: RunWords, context: SectionContext): Section | null {
  const parts = subject.report.probes.flatMap(({ probe }, index) => {
    const series = seriesOf(subject, probe.name, words);
    if (series.length === 0) return [];
    const lost = series.filter(({ distribution }) => distribution.lost > 0);
    const losses =
      lost.length === 0
        ? 'No transaction was lost.'
        : `Lost: ${lost.map(({ label, distribution }) => `${label} ${distribution.lost}`).join(', ')}.`;
    const chart = timeChart(series, {
      id: `${context.prefix}time-${index}`,
      title: `Round trips over the time of measuring, ${probe.name}`,
      description: `A row a path: a band from the least to the greatest sample of each moment, the middle in it. ${losses}`,
    });
    return [
      markup`${heading(context, markup`<span class="probe">${probe.name}</span>`)}<figure>${wide(`samples of ${probe.name} over time`, chart)}<figcaption>Each column of pixels holds all of its samples, from the least to the greatest, and their middle; × is a transaction that was lost; grey lines are where a block begins. Paths with a guest share a scale.</figcaption></figure>${folded('as a table, a row a tenth of the time', wide(`tenths of ${probe.name}`, tenths(series)))}`,
    ];
  });
  if (parts.length === 0) return null;
  return { id: `${context.prefix}time`, title: 'Over time', body: markup`${parts}` };
}

const PARTS = 10;

function tenths(series: readonly Series[]): Markup {
  const endNs = Math.max(1, ...series.map(({ distribution }) => distribution.time.endNs));
  const rows = Array.from({ length: PARTS }, (_, part) => {
    const [from, to] = [(part * endNs) / PARTS, ((part + 1) * endNs) / PARTS];
    return markup`<tr><th scope="row">${formatDuration(Math.round(from / 1e6) * 1e6)} to ${formatDuration(Math.round(to / 1e6) * 1e6)}</th>${series.map(
      ({ distribution: { time } }) => {
        const inside = time.bucket.flatMap((number, i) => {
          const at = (number + 0.5) * time.stepNs;
          return at >= from && at < to ? [i] : [];
        });
        if (inside.length === 0) return markup`<td class="nothing">-</td>`;
        const least = Math.min(...inside.map((i) => time.minNs[i] ?? 0));
        const most = Math.max(...inside.map((i) => time.maxNs[i] ?? 0));
        const n = inside.reduce((sum, i) => sum + (time.n[i] ?? 0), 0);
        const lost = time.lostNs.filter((at) => at >= from && at < to).length;
        return markup`<td>${formatUs(least)} to ${formatUs(most)} (${n}${lost > 0 && `, ${lost} lost`})</td>`;
      },
    )}</tr>`;
  });
  return markup`<table class="figures"><thead><tr><th scope="col">us, least to greatest (n)</th>${series.map(
    ({ look, label }) => markup`<th scope="col">${swatch(look)} ${label}</th>`,
  )}</tr></thead><tbody>${rows}</tbody></table>`;
}
