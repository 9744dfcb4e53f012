// SPDX-License-Identifier: GPL-2.0-only
/** A series of figures as a line of the height of a word: its shape, and no axis. */
import { type Markup, markup } from '../../render/markup.ts';

const WIDTH = 48;
const HEIGHT = 18;
const EDGE = 2;

export interface SparklineLook {
  /** A class of the style sheet. */
  readonly colour: string;
  /** For who points at it, and for a screen reader. */
  readonly title: string;
}

/** On a logarithmic scale from the least to the greatest; the last one has a dot. */
export function sparkline(values: readonly number[], { colour, title }: SparklineLook): Markup {
  const logs = values.map((value) => Math.log(Math.max(value, Number.MIN_VALUE)));
  const [low, high] = [Math.min(...logs), Math.max(...logs)];
  const points = logs.map((log, index): readonly [string, string] => [
    (EDGE + ((WIDTH - 2 * EDGE) * index) / Math.max(1, logs.length - 1)).toFixed(1),
    (high === low ? HEIGHT / 2 : HEIGHT - EDGE - ((HEIGHT - 2 * EDGE) * (log - low)) / (high - low)).toFixed(1),
  ]);
  const [x, y] = points.at(-1) ?? ['0', '0'];
  return markup`<svg class="spark ${colour}" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}"><title>${title}</title><polyline points="${points.map((point) => point.join()).join(' ')}"/><circle cx="${x}" cy="${y}" r="2"/></svg>`;
}
