// SPDX-License-Identifier: GPL-2.0-only
/**
 * Every path's samples over the time of measuring, a row a path: the band holds all of them, losses stand above it. Paths
 * without a guest have a scale of their own.
 */

import type { TimeBuckets } from '../../results/run/time-buckets.ts';
import { formatCounted, formatDuration } from '../../words/format.ts';
import { type Markup, markup } from '../markup.ts';
import { axisTime, bottomAxis, type ChartName, note, type Plot, picture } from './frame.ts';
import { fixed, linearScale, logScale, type Scale } from './scale.ts';
import { forScreens, type Screen } from './screens.ts';
import { hostApart, type Series, wholeRange } from './series.ts';

interface Places {
  readonly width: number;
  readonly left: number;
  readonly right: number;
  readonly row: number;
  /** Of a row the part that is drawn on. */
  readonly high: number;
  readonly ticks: number;
}

const PLACES: Readonly<Record<Screen, Places>> = {
  desk: { width: 1160, left: 120, right: 1140, row: 92, high: 72, ticks: 10 },
  phone: { width: 366, left: 50, right: 340, row: 96, high: 62, ticks: 4 },
};
const TOP = 12;
/** Labels nearer than this would stand on each other. */
const TICK_ROOM = 11;

/**
 * The script of a page zooms it by what stands in its data attributes: the buckets of each row, four numbers each (number
 * of the bucket, least, middle, greatest), the latter three as 1/5000 of a decade above 1 ns, in base64 of 16 bits each.
 */
export function timeChart(series: readonly Series[], name: ChartName): Markup {
  const endNs = Math.max(1, ...series.map(({ distribution }) => distribution.time.endNs));
  return forScreens(name, (screen, own) => {
    if (screen === 'phone') return drawn(series, own, { endNs, screen });
    const { left, right, row: between, high } = PLACES.desk;
    const axis = [left, right, endNs, TOP, between, high].join(' ');
    const chart = drawn(series, { ...own, kind: 'large' }, { endNs, screen });
    return markup`<div class="zoomable" data-axis="${axis}">${chart}</div>`;
  });
}

interface Drawing {
  readonly endNs: number;
  readonly screen: Screen;
}

function drawn(series: readonly Series[], name: ChartName, { endNs, screen }: Drawing): Markup {
  const { width, left, right, row: between, high: room, ticks } = PLACES[screen];
  const { guests, hosts } = hostApart(series);
  const bottom = TOP + series.length * between;
  const plot: Plot = { left, right, top: TOP, bottom };
  const x = linearScale(0, endNs, { from: left, to: right }, ticks);
  const rows = series.map((one, index) => {
    const base = TOP + (index + 1) * between - 6;
    const { low, high } = wholeRange(hosts.includes(one) ? hosts : guests);
    return row(one, { x, y: logScale(low, high, { from: base, to: base - room }), screen });
  });
  return picture(name, { width, height: bottom + 44 }, [
    bottomAxis(x, plot, axisTime, 'time of measuring, blocks one after the other'),
    ...rows,
  ]);
}

function row(
  { distribution, look, label }: Series,
  { x, y, screen }: { readonly x: Scale; readonly y: Scale; readonly screen: Screen },
): Markup {
  const { time, n, lost } = distribution;
  const { left, right } = PLACES[screen];
  const top = y.place(y.high);
  const bottom = y.place(y.low);
  const blocks = time.blocksNs.map((ns) => `M${fixed(x.place(ns))} ${fixed(top)}V${fixed(bottom)}`).join('');
  let last = Number.POSITIVE_INFINITY;
  const labels = y.ticks
    .filter(({ labelled, value }) => {
      const room = labelled && last - y.place(value) >= TICK_ROOM;
      if (room) last = y.place(value);
      return room;
    })
    .map(({ value }) => note(formatDuration(value), [left - 6, y.place(value) + 4], 'end', 'tick'));
  const losses =
    lost > 0 &&
    markup`<path class="losses" d="${lossPath(time, x, top)}"><title>${label}: ${formatCounted(lost, 'transaction')} lost</title></path>`;
  // What zooms: on a desk.
  const buckets =
    screen === 'desk' &&
    markup` data-range="${y.low} ${y.high}" data-step="${time.stepNs}" data-buckets="${packed(time)}" data-lost="${lossPlaces(time)}" data-blocks="${time.blocksNs.join(' ')}"`;
  const count = lost > 0 ? `${lost} lost` : `n = ${n}`;
  const style = lost > 0 ? 'note bad' : 'note faint';
  const names =
    screen === 'desk'
      ? [note(label, [8, top + 14]), note(count, [8, top + 30], 'start', style)]
      : [note(label, [left, top - 8]), note(count, [right, top - 8], 'end', style)];
  return markup`<g class="row"${buckets}><path class="block" d="${blocks}"/><path class="band ${look.colour}" d="${bandPath(time, x, y)}"><title>${label}: from the least to the greatest of ${n}</title></path><path class="middle" d="${middlePath(time, x, y)}"/>${losses}${labels}${names}<line class="base" x1="${left}" x2="${right}" y1="${fixed(bottom)}" y2="${fixed(bottom)}"/></g>`;
}

/** One upright line a column of pixels, from the least to the greatest of all samples in it. */
function bandPath({ bucket, minNs, maxNs, stepNs }: TimeBuckets, x: Scale, y: Scale): string {
  const columns = new Map<number, { low: number; high: number }>();
  for (const [i, number] of bucket.entries()) {
    const at = Math.round(x.place((number + 0.5) * stepNs));
    const column = columns.get(at) ?? { low: Number.POSITIVE_INFINITY, high: 0 };
    column.low = Math.min(column.low, minNs[i] ?? 0);
    column.high = Math.max(column.high, maxNs[i] ?? 0);
    columns.set(at, column);
  }
  // A lone sample has no height: a stroke of its own shows it.
  return [...columns]
    .map(([at, { low, high }]) => `M${at} ${fixed(y.place(low) + 0.8)}V${fixed(y.place(high) - 0.8)}`)
    .join('');
}

/** Fewer samples than these have no middle to speak of. */
const HAS_MIDDLE = 3;

/** A dash a column: the middle of its stretch; the middle of the middles where a column holds several. */
function middlePath({ bucket, midNs, n, stepNs }: TimeBuckets, x: Scale, y: Scale): string {
  const columns = new Map<number, { n: number; readonly middles: number[] }>();
  for (const [i, number] of bucket.entries()) {
    const at = Math.round(x.place((number + 0.5) * stepNs));
    const column = columns.get(at) ?? { n: 0, middles: [] };
    column.n += n[i] ?? 0;
    column.middles.push(midNs[i] ?? 0);
    columns.set(at, column);
  }
  return [...columns]
    .filter(([, column]) => column.n >= HAS_MIDDLE)
    .map(([at, { middles }]) => {
      const sorted = middles.sort((a, b) => a - b);
      return `M${at - 0.5} ${fixed(y.place(sorted[(sorted.length - 1) >> 1] ?? 0))}h1`;
    })
    .join('');
}

function lossPath({ lostNs }: TimeBuckets, x: Scale, top: number): string {
  const places = [...new Set(lostNs.map((ns) => Math.round(x.place(ns))))];
  return places.map((at) => `M${at - 3} ${fixed(top - 3)}l6 6m0 -6l-6 6`).join('');
}

function lossPlaces({ lostNs }: TimeBuckets): string {
  return lostNs.join(' ');
}

/** Steps of the packed times: 1/5000 of a decade, 0.05 %, from 1 ns to 10^13 ns. */
const STEPS_PER_DECADE = 5000;

function packed({ bucket, minNs, midNs, maxNs }: TimeBuckets): string {
  const words = new Uint16Array(4 * bucket.length);
  for (const [i, number] of bucket.entries()) {
    words.set([number, ...[minNs[i], midNs[i], maxNs[i]].map(packedTime)], 4 * i);
  }
  return Buffer.from(words.buffer).toString('base64');
}

function packedTime(ns = 1): number {
  return Math.min(0xffff, Math.round(STEPS_PER_DECADE * Math.log10(Math.max(1, ns))));
}
