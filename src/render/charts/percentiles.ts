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
import { forScreens, type Screen, shortened } from './screens.ts';
import { endOf, type Series, timeRange } from './series.ts';

/** Names stand at the right of the plot. */
const PLACES: Readonly<Record<Screen, { readonly size: Size; readonly plot: Plot; readonly letters: number }>> = {
  desk: { size: { width: 760, height: 330 }, plot: { left: 60, right: 640, top: 30, bottom: 284 }, letters: 16 },
  phone: { size: { width: 366, height: 290 }, plot: { left: 54, right: 292, top: 30, bottom: 244 }, letters: 9 },
};
const LABEL_HIGH = 14;

export function percentileChart(series: readonly Series[], name: ChartName): Markup {
  return forScreens(name, (screen, own) => drawn(series, own, screen));
}

function drawn(series: readonly Series[], name: ChartName, screen: Screen): Markup {
  const { size, plot, letters } = PLACES[screen];
  const range = timeRange(series);
  const { low, high, last } = range;
  const most = 1 / (1 - last);
  const x = percentileScale(most, plot);
  const y = logScale(low, high, { from: plot.bottom, to: plot.top });
  const curves = series.map(({ distribution, look, label }) => {
    // The greatest of n stands at 1 - 1/(2n): at 1 the axis has no place.
    const least = 0.5 / distribution.n;
    const points = distribution.curve.map(
      ({ below, ns }): Point => [x.place(1 / Math.max(1 - below + least, least)), y.place(ns)],
    );
    return { label: shortened(label, letters), look, title: label, points: cutAt(plot.right, points) };
  });
  return picture({ ...name, hover: { ...plot, share: 'x', low, high, most } }, size, [
    leftAxis(y, plot, formatDuration, 'round trip, logarithmic'),
    bottomAxis(x, plot, percentileLabel, `${AXIS[screen]}, ${endOf(range)}`),
    ...curves.map(({ points, look, title }) => curve(points, look, title)),
    ...labelsOf(curves, plot),
  ]);
}

const AXIS: Readonly<Record<Screen, string>> = {
  desk: 'percentile, by the logarithm of 1 / (1 - q)',
  phone: 'percentile',
};

/** Over the inverse of what lies beyond a percentile: 1 is p0, 10 is p90, 1000 is p99.9. */
function percentileScale(most: number, plot: Plot): Scale {
  const scale = logScale(1, most, { from: plot.left, to: plot.right });
  const ticks = [1, 2, 4, 10, 20, 100, 1000].filter((one) => one <= most * (1 + 1e-9) && (one !== 20 || most < 100));
  return { ...scale, ticks: ticks.map((value) => ({ value, labelled: true })) };
}

/** Where each curve ends, moved apart where two would stand on each other. */
function labelsOf(
  curves: readonly { readonly label: string; readonly points: readonly Point[] }[],
  plot: Plot,
): Markup[] {
  const ends = curves.flatMap(({ label, points }) => {
    const end = points.at(-1);
    return end === undefined ? [] : [{ label, y: end[1], x: end[0] }];
  });
  let last = plot.top - LABEL_HIGH;
  return ends
    .sort((a, b) => a.y - b.y)
    .map(({ label, x, y }, index) => {
      // None so low that those below it have no room.
      const lowest = plot.bottom - (ends.length - 1 - index) * LABEL_HIGH;
      last = Math.min(Math.max(y, last + LABEL_HIGH), lowest);
      return note(label, [x + 6, last + 4], 'start', 'note label');
    });
}

function percentileLabel(inverse: number): string {
  const percent = 100 * (1 - 1 / inverse);
  return `p${Number(percent.toFixed(8))}`;
}
