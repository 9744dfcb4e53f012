// SPDX-License-Identifier: GPL-2.0-only
/** The share of transactions that took at most so long: one step curve a path, on a logarithmic axis of time. */

import type { Distribution } from '../../results/run/distribution.ts';
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
import { linearScale, logScale, type Scale } from './scale.ts';
import { endOf, type Series, timeRange } from './series.ts';

const SIZE: Size = { width: 760, height: 330 };
const PLOT: Plot = { left: 52, right: 740, top: 30, bottom: 284 };

export function ecdfChart(series: readonly Series[], name: ChartName): Markup {
  const range = timeRange(series);
  const { low, high } = range;
  const x = logScale(low, high, { from: PLOT.left, to: PLOT.right });
  const y = linearScale(0, 1, { from: PLOT.bottom, to: PLOT.top }, 5);
  const drawn = series.map(({ distribution, look, label }) => ({
    ...{ look, label, medianNs: distribution.quantiles.find(({ p }) => p === 0.5)?.ns ?? 0 },
    points: cutAt(PLOT.right, stepsOf(distribution, x, y)),
  }));
  return picture({ ...name, hover: { ...PLOT, share: 'y', low, high, most: 1 } }, SIZE, [
    leftAxis(y, PLOT, (share) => `${Math.round(share * 100)} %`, 'of transactions'),
    bottomAxis(x, PLOT, formatDuration, `round trip at most, logarithmic, ${endOf(range)}`),
    ...drawn.map(({ points, look, label }) => curve(points, look, label)),
    ...labelsOf(drawn, y),
  ]);
}

/** Few samples are steps; many are as good as a line through their ranks. */
function stepsOf({ curve: ranks, n }: Distribution, x: Scale, y: Scale): Point[] {
  const points: Point[] = [];
  let before = 0;
  for (const { below, ns } of ranks) {
    if (n <= 320 || points.length === 0) points.push([x.place(ns), y.place(before)]);
    points.push([x.place(ns), y.place(below)]);
    before = below;
  }
  return points;
}

interface Drawn {
  readonly label: string;
  readonly medianNs: number;
  readonly points: readonly Point[];
}

/** Each beside its curve, the fastest at the top: curves that are close have their names at different heights. */
function labelsOf(drawn: readonly Drawn[], y: Scale): Markup[] {
  const sorted = [...drawn].sort((a, b) => a.medianNs - b.medianNs);
  return sorted.flatMap(({ label, points }, index) => {
    const at = y.place(0.92 - (0.84 * index) / Math.max(1, sorted.length - 1));
    const place = points.find(([, height]) => height <= at);
    return place === undefined
      ? []
      : [note(label, [Math.min(place[0] + 6, PLOT.right - 60), at + 4], 'start', 'note label')];
  });
}
