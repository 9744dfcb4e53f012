// SPDX-License-Identifier: GPL-2.0-only
/** The share of transactions that took at most so long: one step curve a path, on a logarithmic axis of time. */
import { formatDuration } from '../../words/format.ts';
import type { Markup } from '../markup.ts';
import { bottomAxis, type ChartName, curve, leftAxis, type Plot, type Point, picture, type Size } from './frame.ts';
import { linearScale, logScale } from './scale.ts';
import type { Series } from './series.ts';
import { timeRange } from './series.ts';

const SIZE: Size = { width: 760, height: 330 };
const PLOT: Plot = { left: 52, right: 740, top: 30, bottom: 284 };

export function ecdfChart(series: readonly Series[], name: ChartName): Markup {
  const { low, high } = timeRange(series);
  const x = logScale(low, high, { from: PLOT.left, to: PLOT.right });
  const y = linearScale(0, 1, { from: PLOT.bottom, to: PLOT.top }, 5);
  const curves = series.map(({ distribution, number, label }) => {
    const points: Point[] = [];
    let before = 0;
    // Few samples are steps; many are as good as a line through their ranks.
    const steps = distribution.n <= 320;
    for (const { below, ns } of distribution.curve) {
      if (steps || points.length === 0) points.push([x.place(ns), y.place(before)]);
      points.push([x.place(ns), y.place(below)]);
      before = below;
    }
    return curve(points, number, label);
  });
  return picture(name, SIZE, [
    leftAxis(y, PLOT, (share) => `${Math.round(share * 100)} %`, 'of transactions'),
    bottomAxis(x, PLOT, formatDuration, 'round trip at most, logarithmic'),
    ...curves,
  ]);
}
