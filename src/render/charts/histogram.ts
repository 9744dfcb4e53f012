// SPDX-License-Identifier: GPL-2.0-only
/** Histograms on a logarithmic axis of time, a row a path: where a path has two modes, an overlay would hide it. */

import { binStart } from '../../results/run/log-bins.ts';
import { formatDuration, formatUs } from '../../words/format.ts';
import { type Markup, markup } from '../markup.ts';
import { bottomAxis, type ChartName, note, type Plot, picture } from './frame.ts';
import { fixed, logScale, type Scale } from './scale.ts';
import { forScreens, type Screen, shortened } from './screens.ts';
import { endOf, type Series, timeRange } from './series.ts';

/** Places from left to right. */
interface Across {
  readonly width: number;
  readonly left: number;
  readonly right: number;
}

const ACROSS: Readonly<Record<Screen, Across>> = {
  desk: { width: 760, left: 120, right: 740 },
  phone: { width: 366, left: 92, right: 340 },
};
const TOP = 12;
const ROW = 58;
const BARS = 44;

export function histogramChart(series: readonly Series[], name: ChartName): Markup {
  return forScreens(name, (screen, own) => drawn(series, own, ACROSS[screen]));
}

function drawn(series: readonly Series[], name: ChartName, across: Across): Markup {
  const { width, left, right } = across;
  const range = timeRange(series);
  const { low, high } = range;
  const bottom = TOP + series.length * ROW;
  const plot: Plot = { left, right, top: TOP, bottom };
  const x = logScale(low, high, { from: left, to: right });
  return picture(name, { width, height: bottom + 44 }, [
    bottomAxis(x, plot, formatDuration, `round trip, logarithmic, ${endOf(range)}`),
    ...series.map((one, index) => row(one, TOP + (index + 1) * ROW - 4, { x, left, right })),
  ]);
}

function row(
  { distribution, look, label }: Series,
  base: number,
  { x, left, right }: Omit<Across, 'width'> & { readonly x: Scale },
): Markup {
  const { bins, quantiles, n } = distribution;
  const most = bins.counts.reduce((a, b) => Math.max(a, b), 1);
  const words: string[] = [];
  let beyond = 0;
  for (const [index, count] of bins.counts.entries()) {
    if (count === 0) continue;
    if (binStart(bins, index) >= x.high) {
      beyond += count;
      continue;
    }
    const from = x.place(Math.max(binStart(bins, index), x.low));
    const wide = Math.max(0.6, x.place(Math.min(binStart(bins, index + 1), x.high)) - from);
    // One slow transaction in a million is seen all the same.
    const high = Math.max(0.8, (BARS * count) / most);
    words.push(`M${fixed(from)} ${fixed(base)}v${fixed(-high)}h${fixed(wide)}v${fixed(high)}`);
  }
  const marks = [0.5, 0.99].map((p) => {
    const found = quantiles.find((one) => one.p === p);
    if (found === undefined) return null;
    const at = fixed(x.place(found.ns));
    return markup`<line class="quantile${p === 0.5 ? '' : ' tail'}" x1="${at}" x2="${at}" y1="${fixed(base - BARS - 4)}" y2="${fixed(base)}"><title>${label}: p${p * 100} ${formatUs(found.ns)} us</title></line>`;
  });
  return markup`<g><path class="bars ${look.colour}" d="${words.join('')}"><title>${label}: ${n} transactions, ${most} in the largest bin</title></path>${marks}<line class="base" x1="${left}" x2="${right}" y1="${fixed(base)}" y2="${fixed(base)}"/>${note(shortened(label, 12), [left - 10, base - 14], 'end')}${note(`n = ${n}`, [left - 10, base], 'end', 'note faint')}${beyond > 0 && note(`${beyond} beyond`, [right, base - BARS + 6], 'end', 'note faint')}</g>`;
}
