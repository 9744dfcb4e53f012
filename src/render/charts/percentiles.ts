// SPDX-License-Identifier: GPL-2.0-only
/** Time over percentile, with the tail spread out: the axis is the logarithm of 1 / (1 - q), as HdrHistogram plots it. */
import { formatDuration } from '../../words/format.ts';
import type { Markup } from '../markup.ts';
import {
  bottomAxis,
  type ChartName,
  curve,
  cutAt,
  leftAxis,
  note,
  type Plot,
  type Point,
  picture,
  type Size,
} from './frame.ts';
import { logScale, type Scale } from './scale.ts';
import { endOf, type Series, timeRange } from './series.ts';

const SIZE: Size = { width: 760, height: 330 };
/** Names stand at the right of it. */
const PLOT: Plot = { left: 60, right: 640, top: 30, bottom: 284 };
const LABEL_HIGH = 14;

export function percentileChart(series: readonly Series[], name: ChartName): Markup {
  const range = timeRange(series);
  const { low, high, last } = range;
  const most = 1 / (1 - last);
  const x = percentileScale(most);
  const y = logScale(low, high, { from: PLOT.bottom, to: PLOT.top });
  const drawn = series.map(({ distribution, look, label }) => {
    // The greatest of n stands at 1 - 1/(2n): at 1 the axis has no place.
    const least = 0.5 / distribution.n;
    const points = distribution.curve.map(
      ({ below, ns }): Point => [x.place(1 / Math.max(1 - below + least, least)), y.place(ns)],
    );
    return { label, look, points: cutAt(PLOT.right, points) };
  });
  return picture({ ...name, hover: { ...PLOT, share: 'x', low, high, most } }, SIZE, [
    leftAxis(y, PLOT, formatDuration, 'round trip, logarithmic'),
    bottomAxis(x, PLOT, percentileLabel, `percentile, by the logarithm of 1 / (1 - q), ${endOf(range)}`),
    ...drawn.map(({ points, look, label }) => curve(points, look, label)),
    ...labelsOf(drawn),
  ]);
}

/** Over the inverse of what lies beyond a percentile: 1 is p0, 10 is p90, 1000 is p99.9. */
function percentileScale(most: number): Scale {
  const scale = logScale(1, most, { from: PLOT.left, to: PLOT.right });
  const ticks = [1, 2, 4, 10, 20, 100, 1000].filter((one) => one <= most * (1 + 1e-9) && (one !== 20 || most < 100));
  return { ...scale, ticks: ticks.map((value) => ({ value, labelled: true })) };
}

/** Where each curve ends, moved apart where two would stand on each other. */
function labelsOf(drawn: readonly { readonly label: string; readonly points: readonly Point[] }[]): Markup[] {
  const ends = drawn.flatMap(({ label, points }) => {
    const end = points.at(-1);
    return end === undefined ? [] : [{ label, y: end[1], x: end[0] }];
  });
  let last = PLOT.top - LABEL_HIGH;
  return ends
    .sort((a, b) => a.y - b.y)
    .map(({ label, x, y }, index) => {
      // None so low that those below it have no room.
      const lowest = PLOT.bottom - (ends.length - 1 - index) * LABEL_HIGH;
      last = Math.min(Math.max(y, last + LABEL_HIGH), lowest);
      return note(label, [x + 6, last + 4], 'start', 'note label');
    });
}

function percentileLabel(inverse: number): string {
  const percent = 100 * (1 - 1 / inverse);
  return `p${Number(percent.toFixed(8))}`;
}
