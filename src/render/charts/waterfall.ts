// SPDX-License-Identifier: GPL-2.0-only
/** Where the mean round trip of a traced path goes: a bar a segment, each beginning where the one before ended. */

import type { Segment, ShapeBreakdown } from '../../model/trace-breakdown.ts';
import { isGuestMachine } from '../../model/traced-machine.ts';
import { formatSmallUs, formatUs } from '../../words/format.ts';
import { describeSegment } from '../../words/segment.ts';
import { type Markup, markup } from '../markup.ts';
import { axisTime, bottomAxis, type ChartName, note, type Plot, picture } from './frame.ts';
import { fixed, linearScale, type Scale } from './scale.ts';
import { forScreens, type Screen, shortened } from './screens.ts';

interface Places {
  readonly width: number;
  readonly left: number;
  readonly right: number;
  readonly row: number;
  /** Of a bar, below the top of its row. */
  readonly bar: number;
  /** Where words stand, from the bar: beside it, or above it. */
  readonly words: 'beside' | 'above';
  readonly ticks: number;
}

const PLACES: Readonly<Record<Screen, Places>> = {
  desk: { width: 900, left: 372, right: 800, row: 19, bar: 0, words: 'beside', ticks: 6 },
  phone: { width: 366, left: 4, right: 340, row: 34, bar: 17, words: 'above', ticks: 4 },
};
const TOP = 46;
const BAR = 12;

export function waterfallChart(shown: ShapeBreakdown, name: ChartName): Markup {
  return forScreens(name, (screen, own) => drawn(shown, own, PLACES[screen]));
}

function drawn({ segments, total }: ShapeBreakdown, name: ChartName, places: Places): Markup {
  const { width, left, right, row: high, bar, ticks } = places;
  const bottom = TOP + segments.length * high + 4;
  const plot: Plot = { left, right, top: TOP - 4, bottom };
  const x = linearScale(0, Math.max(total.meanNs, 1), { from: left, to: right }, ticks);
  let startNs = 0;
  const rows = segments.map((segment, index) => {
    const row = segmentRow(segment, { startNs, y: TOP + index * high + bar, x, places });
    startNs += segment.meanNs;
    return row;
  });
  const keys = [
    ['guest', 'guest'],
    ['host', 'host'],
    ['between', 'from one to the other'],
  ] as const;
  return picture(name, { width, height: bottom + 44 }, [
    bottomAxis(x, plot, axisTime, 'mean time since the first point'),
    ...keys.map(
      ([kind, says], index) =>
        markup`<rect class="m-${kind}" x="${left + index * 80}" y="6" width="${BAR}" height="${BAR}" rx="2"/>${note(says, [left + index * 80 + 17, 16])}`,
    ),
    note('mean, us', [width - 8, TOP - 10], 'end', 'name'),
    ...rows,
  ]);
}

function segmentRow(
  segment: Segment,
  {
    startNs,
    y,
    x,
    places,
  }: { readonly startNs: number; readonly y: number; readonly x: Scale; readonly places: Places },
): Markup {
  const { meanNs, p50Ns, p99Ns, boundNs } = segment;
  const { what, where } = describeSegment(segment);
  const bound = boundNs === null ? '' : ` ± ${formatSmallUs(boundNs)}`;
  const from = x.place(startNs);
  const wide = Math.max(1.5, x.place(startNs + meanNs) - from);
  return markup`<g><title>${what}, ${where}: mean ${formatUs(meanNs)}${bound} us, p50 ${formatUs(p50Ns)}, p99 ${formatUs(p99Ns)}</title>${names(what, where, [y, places])}<rect class="m-${kindOf(segment)}" x="${fixed(from)}" y="${y}" width="${fixed(wide)}" height="${BAR}" rx="1.5"/>${note(`${formatUs(meanNs)}${bound}`, [places.width - 8, y + (places.words === 'above' ? -4 : 10)], 'end', 'note faint')}</g>`;
}

function names(what: string, where: string, [y, { left, words }]: readonly [number, Places]): Markup {
  if (words === 'above') return note(shortened(`${what}, ${where}`, MOST_ABOVE), [left, y - 4]);
  return markup`${note(what, [left - 170, y + 10], 'end')}${note(shortened(where, MOST_BESIDE), [left - 163, y + 10], 'start', 'note faint')}`;
}

function kindOf({ from, to }: Segment): 'guest' | 'host' | 'between' {
  if (from.machine !== to.machine) return 'between';
  return isGuestMachine(from.machine) ? 'guest' : 'host';
}

const MOST_BESIDE = 25;
const MOST_ABOVE = 38;
