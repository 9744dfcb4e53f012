// SPDX-License-Identifier: GPL-2.0-only
/** Where the mean round trip of a traced path goes: a bar a segment, each beginning where the one before ended. */

import type { Segment, ShapeBreakdown } from '../../model/trace-breakdown.ts';
import { isGuestMachine } from '../../model/traced-machine.ts';
import { formatSmallUs, formatUs } from '../../words/format.ts';
import { describeSegment } from '../../words/segment.ts';
import { type Markup, markup } from '../markup.ts';
import { axisTime, bottomAxis, type ChartName, note, type Plot, picture } from './frame.ts';
import { fixed, linearScale, type Scale } from './scale.ts';

const WIDTH = 900;
const LEFT = 372;
const RIGHT = 800;
const TOP = 30;
const ROW = 19;
const BAR = 12;

export function waterfallChart({ segments, total }: ShapeBreakdown, name: ChartName): Markup {
  const bottom = TOP + segments.length * ROW + 4;
  const plot: Plot = { left: LEFT, right: RIGHT, top: TOP - 4, bottom };
  const x = linearScale(0, Math.max(total.meanNs, 1), { from: LEFT, to: RIGHT }, 6);
  let startNs = 0;
  const rows = segments.map((segment, index) => {
    const row = segmentRow(segment, { startNs, y: TOP + index * ROW, x });
    startNs += segment.meanNs;
    return row;
  });
  const keys = [
    ['guest', 'guest'],
    ['host', 'host'],
    ['between', 'from one to the other'],
  ] as const;
  return picture(name, { width: WIDTH, height: bottom + 44 }, [
    bottomAxis(x, plot, axisTime, 'mean time since the first point'),
    ...keys.map(
      ([kind, says], index) =>
        markup`<rect class="m-${kind}" x="${LEFT + index * 90}" y="6" width="${BAR}" height="${BAR}" rx="2"/>${note(says, [LEFT + index * 90 + 17, 16])}`,
    ),
    ...rows,
  ]);
}

function segmentRow(
  segment: Segment,
  { startNs, y, x }: { readonly startNs: number; readonly y: number; readonly x: Scale },
): Markup {
  const { meanNs, p50Ns, p99Ns, boundNs } = segment;
  const { what, where } = describeSegment(segment);
  const bound = boundNs === null ? '' : ` ± ${formatSmallUs(boundNs)}`;
  const from = x.place(startNs);
  const wide = Math.max(1.5, x.place(startNs + meanNs) - from);
  return markup`<g><title>${what}, ${where}: mean ${formatUs(meanNs)}${bound} us, p50 ${formatUs(p50Ns)}, p99 ${formatUs(p99Ns)}</title>${note(what, [LEFT - 170, y + 10], 'end')}${note(shortened(where), [LEFT - 163, y + 10], 'start', 'note faint')}<rect class="m-${kindOf(segment)}" x="${fixed(from)}" y="${y}" width="${fixed(wide)}" height="${BAR}" rx="1.5"/>${note(`${formatUs(meanNs)}${bound}`, [WIDTH - 8, y + 10], 'end', 'note faint')}</g>`;
}

function kindOf({ from, to }: Segment): 'guest' | 'host' | 'between' {
  if (from.machine !== to.machine) return 'between';
  return isGuestMachine(from.machine) ? 'guest' : 'host';
}

const MOST_LETTERS = 25;

function shortened(text: string): string {
  const letters = [...text];
  return letters.length <= MOST_LETTERS ? text : `${letters.slice(0, MOST_LETTERS - 1).join('')}…`;
}
