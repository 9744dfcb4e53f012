// SPDX-License-Identifier: GPL-2.0-only
/** Where two traced paths differ: a segment a row, the mean difference with its interval over draws. */
import type { TracedDiff } from '../../model/trace-report.ts';
import { describeDifference } from '../../words/segment.ts';
import { type Markup, markup } from '../markup.ts';
import { signedUs } from '../text/trace-diff.ts';
import { axisTime, bottomAxis, type ChartName, note, type Plot, picture } from './frame.ts';
import { fixed, linearScale } from './scale.ts';

type Diff = NonNullable<TracedDiff['diff']>;

const WIDTH = 860;
const LEFT = 360;
const RIGHT = 760;
const TOP = 16;
const ROW = 20;

export function differenceChart({ segments, total }: Diff, name: ChartName): Markup {
  const rows = [
    ...segments.map((segment) => ({ ...segment, ...describeDifference(segment) })),
    { ...total, what: 'all of it', where: '' },
  ];
  const bottom = TOP + rows.length * ROW;
  const plot: Plot = { left: LEFT, right: RIGHT, top: TOP, bottom };
  const ends = rows.flatMap(({ differenceNs, interval }) => [
    differenceNs,
    ...(interval === null ? [] : [interval.lowNs, interval.highNs]),
  ]);
  const x = linearScale(Math.min(0, ...ends), Math.max(0, ...ends), { from: LEFT, to: RIGHT }, 6);
  const zero = fixed(x.place(0));
  return picture(name, { width: WIDTH, height: bottom + 44 }, [
    bottomAxis(x, plot, axisTime, 'difference of the means'),
    markup`<line class="zero" x1="${zero}" x2="${zero}" y1="${TOP}" y2="${bottom}"/>`,
    ...rows.map(({ what, where, differenceNs, interval, pValue }, index) => {
      const y = TOP + index * ROW + ROW / 2;
      const sure = pValue !== null && pValue < 0.05;
      const line =
        interval !== null &&
        markup`<line class="whisker" x1="${fixed(x.place(interval.lowNs))}" x2="${fixed(x.place(interval.highNs))}" y1="${y}" y2="${y}"/>`;
      return markup`<g class="${sure ? (differenceNs > 0 ? 'pair v-slower' : 'pair v-faster') : 'pair'}"><title>${what}, ${where}: ${signedUs(differenceNs)} us</title>${note(what, [LEFT - 178, y + 4], 'end')}${note(where.slice(0, 30), [LEFT - 170, y + 4], 'start', 'note faint')}${line}<rect class="mark" x="${fixed(x.place(differenceNs))}" y="${y}" width="7" height="7" transform="translate(-3.5 -3.5)"/>${note(`${signedUs(differenceNs)} us${sure ? ' *' : ''}`, [WIDTH - 8, y + 4], 'end', 'note faint')}</g>`;
    }),
  ]);
}
