// SPDX-License-Identifier: GPL-2.0-only
/** Time over percentile, with the tail spread out: the axis is the logarithm of 1 / (1 - q), as HdrHistogram plots it. */
import { formatDuration } from '../../words/format.ts';
import type { Markup } from '../markup.ts';
import { bottomAxis, type ChartName, curve, leftAxis, type Plot, type Point, picture, type Size } from './frame.ts';
import { logScale, type Scale } from './scale.ts';
import { type Series, timeRange } from './series.ts';

const SIZE: Size = { width: 760, height: 330 };
const PLOT: Plot = { left: 60, right: 740, top: 30, bottom: 284 };

export function percentileChart(series: readonly Series[], name: ChartName): Markup {
  const { low, high } = timeRange(series);
  const most = Math.max(10, ...series.map(({ distribution }) => distribution.n));
  const x = percentileScale(most);
  const y = logScale(low, high, { from: PLOT.bottom, to: PLOT.top });
  const curves = series.map(({ distribution, number, label }) => {
    const { n } = distribution;
    // The greatest of n stands at 1 - 1/(2n): at 1 the axis has no place.
    const points = distribution.curve.map(
      ({ below, ns }): Point => [x.place(1 / Math.max(1 - below + 0.5 / n, 0.5 / n)), y.place(ns)],
    );
    return curve(points, number, label);
  });
  return picture(name, SIZE, [
    leftAxis(y, PLOT, formatDuration, 'round trip, logarithmic'),
    bottomAxis(x, PLOT, percentileLabel, 'percentile, by the logarithm of 1 / (1 - q)'),
    ...curves,
  ]);
}

/** Over the inverse of what lies beyond a percentile: 1 is p0, 10 is p90, 1000 is p99.9. */
function percentileScale(most: number): Scale {
  const scale = logScale(1, 2 * most, { from: PLOT.left, to: PLOT.right });
  const ticks = [1, 2, 4, ...Array.from({ length: 9 }, (_, i) => 10 ** (i + 1))].filter((one) => one <= 2 * most);
  return { ...scale, ticks: ticks.map((value) => ({ value, labelled: true })) };
}

function percentileLabel(inverse: number): string {
  const percent = 100 * (1 - 1 / inverse);
  return `p${Number(percent.toFixed(8))}`;
}
