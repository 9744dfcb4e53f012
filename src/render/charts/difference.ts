// SPDX-License-Identifier: GPL-2.0-only
/** Where two traced paths differ: a segment a row, the mean difference with its interval over draws. */
import type { TracedDiff } from '../../model/trace-report.ts';
import { describeDifference } from '../../words/segment.ts';
import { type Markup, markup } from '../markup.ts';
import { signedUs } from '../text/trace-diff.ts';
import { axisTime, bottomAxis, type ChartName, note, type Plot, picture } from './frame.ts';
import { fixed, linearScale } from './scale.ts';
import { forScreens, type Screen, shortened } from './screens.ts';

type Diff = NonNullable<TracedDiff['diff']>;

interface Places {
  readonly width: number;
  readonly left: number;
  readonly right: number;
  readonly row: number;
  /** Of the interval, below the top of its row. */
  readonly middle: number;
  /** Where words stand, from the interval: beside it, or above it. */
  readonly words: 'beside' | 'above';
  readonly ticks: number;
}

const PLACES: Readonly<Record<Screen, Places>> = {
  desk: { width: 860, left: 360, right: 760, row: 20, middle: 10, words: 'beside', ticks: 6 },
  phone: { width: 366, left: 26, right: 340, row: 36, middle: 26, words: 'above', ticks: 4 },
};
const TOP = 16;

export function differenceChart(diff: Diff, name: ChartName): Markup {
  return forScreens(name, (screen, own) => drawn(diff, own, PLACES[screen]));
}

function drawn({ segments, total }: Diff, name: ChartName, places: Places): Markup {
  const { width, left, right, row: high, middle, words, ticks } = places;
  const rows = [
    ...segments.map((segment) => ({ ...segment, ...describeDifference(segment) })),
    { ...total, what: 'all of it', where: '' },
  ];
  const bottom = TOP + rows.length * high;
  const plot: Plot = { left, right, top: TOP, bottom };
  const ends = rows.flatMap(({ differenceNs, interval }) => [
    differenceNs,
    ...(interval === null ? [] : [interval.lowNs, interval.highNs]),
  ]);
  const x = linearScale(Math.min(0, ...ends), Math.max(0, ...ends), { from: left, to: right }, ticks);
  const zero = fixed(x.place(0));
  return picture(name, { width, height: bottom + 44 }, [
    bottomAxis(x, plot, axisTime, 'difference of the means'),
    markup`<line class="zero" x1="${zero}" x2="${zero}" y1="${TOP}" y2="${bottom}"/>`,
    ...rows.map(({ what, where, differenceNs, interval, pValue }, index) => {
      const y = TOP + index * high + middle;
      const sure = pValue !== null && pValue < 0.05;
      const line =
        interval !== null &&
        markup`<line class="whisker" x1="${fixed(x.place(interval.lowNs))}" x2="${fixed(x.place(interval.highNs))}" y1="${y}" y2="${y}"/>`;
      return markup`<g class="${sure ? (differenceNs > 0 ? 'pair v-slower' : 'pair v-faster') : 'pair'}"><title>${what}, ${where}: ${signedUs(differenceNs)} us</title>${words === 'above' ? note(shortened(where === '' ? what : `${what}, ${where}`, 38), [4, y - 9]) : [note(what, [left - 178, y + 4], 'end'), note(shortened(where, 27), [left - 170, y + 4], 'start', 'note faint')]}${line}<rect class="mark" x="${fixed(x.place(differenceNs))}" y="${y}" width="7" height="7" transform="translate(-3.5 -3.5)"/>${note(`${signedUs(differenceNs)} us${sure ? ' *' : ''}`, [width - 8, words === 'above' ? y - 9 : y + 4], 'end', 'note faint')}</g>`;
    }),
  ]);
}
