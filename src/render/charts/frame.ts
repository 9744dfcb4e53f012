// SPDX-License-Identifier: GPL-2.0-only
/** What every chart has around its curves: axes with ticks, a grid, a name for screen readers. Pure. */
import { formatDuration } from '../../words/format.ts';
import { type Markup, markup, type Piece } from '../markup.ts';
import { type Look, lineClass } from './look.ts';
import { fixed, type Scale } from './scale.ts';

export interface ChartName {
  /** How it takes its width: as it comes (default), wide where there is room, or never scaled. */
  readonly kind?: 'large' | 'natural';
  /** Unique in the page: ids of title and description are made from it. */
  readonly id: string;
  /** What is drawn: a screen reader says it. */
  readonly title: string;
  /** What is to be seen in it, and where the figures stand. */
  readonly description: string;
  /** Where the curves' values are shown under a pointer: how places become figures. */
  readonly hover?: HoverAxes;
}

/** For the script of the page. One axis is of the share of transactions, the other of time, logarithmic from `low` to `high`. */
interface HoverAxes extends Plot {
  readonly share: 'x' | 'y';
  readonly low: number;
  readonly high: number;
  /** Of a share along x: 1 / (1 - q) at the right end. */
  readonly most: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The drawing area between the axes. */
export interface Plot {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** An SVG that a screen reader takes as one picture with a name and a description. */
export function picture(
  { id, title, description, kind, hover }: ChartName,
  { width, height }: Size,
  content: Piece,
): Markup {
  return markup`<svg class="chart${kind !== undefined && ` ${kind}`}${hover !== undefined && ' hovered'}"${hover !== undefined && markup` data-hover="${JSON.stringify(hover)}"`} viewBox="0 0 ${fixed(width)} ${fixed(height)}" width="${fixed(width)}" height="${fixed(height)}" role="img" aria-labelledby="${id}-t ${id}-d"><title id="${id}-t">${title}</title><desc id="${id}-d">${description}</desc>${content}</svg>`;
}

/** Ticks, labels and grid lines of a horizontal axis at the bottom of the plot, with its name below. */
export function bottomAxis(scale: Scale, plot: Plot, label: (value: number) => string, name: string): Markup {
  const shown = withRoom(scale, label);
  const lines = scale.ticks.map(({ value }) => {
    const x = fixed(scale.place(value));
    const labelled = shown.has(value);
    const text =
      labelled && markup`<text x="${x}" y="${fixed(plot.bottom + 16)}" text-anchor="middle">${label(value)}</text>`;
    return markup`<line class="${labelled ? 'grid' : 'fine'}" x1="${x}" x2="${x}" y1="${fixed(plot.top)}" y2="${fixed(plot.bottom + (labelled ? 4 : 0))}"/>${text}`;
  });
  const middle = fixed((plot.left + plot.right) / 2);
  return markup`<g class="axis">${lines}<line class="base" x1="${fixed(plot.left)}" x2="${fixed(plot.right)}" y1="${fixed(plot.bottom)}" y2="${fixed(plot.bottom)}"/><text class="name" x="${middle}" y="${fixed(plot.bottom + 34)}" text-anchor="middle">${name}</text></g>`;
}

/** Of a letter of a label, about: digits of the widest of the fonts that a page may get. */
const LETTER = 7.6;
const BETWEEN = 6;

/** Ticks whose labels do not stand on each other: 0 comes first, then powers of ten, then the others from the left. */
function withRoom({ ticks, place }: Scale, label: (value: number) => string): ReadonlySet<number> {
  const rank = (value: number): number => (value === 0 ? 0 : Number.isInteger(Math.log10(Math.abs(value))) ? 1 : 2);
  const labelled = ticks.filter((tick) => tick.labelled).map(({ value }) => value);
  const kept: { readonly value: number; readonly from: number; readonly to: number }[] = [];
  for (const value of labelled.sort((a, b) => rank(a) - rank(b) || a - b)) {
    const half = (label(value).length * LETTER + BETWEEN) / 2;
    const [from, to] = [place(value) - half, place(value) + half];
    if (kept.every((one) => to <= one.from || from >= one.to)) kept.push({ value, from, to });
  }
  return new Set(kept.map(({ value }) => value));
}

/** The same at the left; its name stands above it, to be read without turning the head. */
export function leftAxis(scale: Scale, plot: Plot, label: (value: number) => string, name: string): Markup {
  const lines = scale.ticks.map(({ value, labelled }) => {
    const y = fixed(scale.place(value));
    const text =
      labelled &&
      markup`<text x="${fixed(plot.left - 7)}" y="${y}" dy=".32em" text-anchor="end">${label(value)}</text>`;
    return markup`<line class="${labelled ? 'grid' : 'fine'}" x1="${fixed(plot.left - (labelled ? 4 : 0))}" x2="${fixed(plot.right)}" y1="${y}" y2="${y}"/>${text}`;
  });
  return markup`<g class="axis">${lines}<line class="base" x1="${fixed(plot.left)}" x2="${fixed(plot.left)}" y1="${fixed(plot.top)}" y2="${fixed(plot.bottom)}"/><text class="name" x="4" y="${fixed(plot.top - 10)}">${name}</text></g>`;
}

/** A time at a tick: 0 has no unit. */
export function axisTime(ns: number): string {
  if (ns === 0) return '0';
  return ns < 0 ? `-${formatDuration(-ns)}` : formatDuration(ns);
}

/** A place on the drawing. */
export type Point = readonly [x: number, y: number];

/** The data of a path through the points; points nearer than a tenth of a unit to the one before are left out. */
export function pathThrough(points: readonly Point[]): string {
  const words: string[] = [];
  let last = '';
  for (const [x, y] of points) {
    const word = `${fixed(x)} ${fixed(y)}`;
    if (word === last) continue;
    words.push(`${words.length === 0 ? 'M' : 'L'}${word}`);
    last = word;
  }
  return words.join('');
}

/** The points up to the right edge, where the curve is cut. */
export function cutAt(right: number, points: readonly Point[]): Point[] {
  const end = points.findIndex(([x]) => x > right);
  if (end < 0) return [...points];
  const [before, after] = [points[end - 1], points[end]];
  if (before === undefined || after === undefined) return [];
  const part = (right - before[0]) / (after[0] - before[0]);
  return [...points.slice(0, end), [right, before[1] + part * (after[1] - before[1])]];
}

/** One curve. */
export function curve(points: readonly Point[], look: Look, title: string): Markup {
  return markup`<path class="${lineClass(look)}" d="${pathThrough(points)}"><title>${title}</title></path>`;
}

/** What stands at the end of a row or a line. */
export function note(text: string, [x, y]: Point, anchor: 'start' | 'middle' | 'end' = 'start', kind = 'note'): Markup {
  return markup`<text class="${kind}" x="${fixed(x)}" y="${fixed(y)}" text-anchor="${anchor}">${text}</text>`;
}
