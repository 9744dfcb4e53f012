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
import { forScreens, type Screen } from './screens.ts';
import { endOf, type Series, timeRange } from './series.ts';

const PLACES: Readonly<Record<Screen, { readonly size: Size; readonly plot: Plot }>> = {
  desk: { size: { width: 760, height: 330 }, plot: { left: 52, right: 740, top: 30, bottom: 284 } },
  phone: { size: { width: 366, height: 290 }, plot: { left: 46, right: 340, top: 30, bottom: 244 } },
};

export function ecdfChart(series: readonly Series[], name: ChartName): Markup {
  return forScreens(name, (screen, own) => drawn(series, own, PLACES[screen]));
}

function drawn(series: readonly Series[], name: ChartName, { size, plot }: (typeof PLACES)[Screen]): Markup {
  const range = timeRange(series);
  const { low, high } = range;
  const x = logScale(low, high, { from: plot.left, to: plot.right });
  const y = linearScale(0, 1, { from: plot.bottom, to: plot.top }, 5);
  const curves = series.map(({ distribution, look, label }) => ({
    ...{ look, label, medianNs: distribution.quantiles.find(({ p }) => p === 0.5)?.ns ?? 0 },
    points: cutAt(plot.right, stepsOf(distribution, x, y)),
  }));
  return picture({ ...name, hover: { ...plot, share: 'y', low, high, most: 1 } }, size, [
    leftAxis(y, plot, (share) => `${Math.round(share * 100)} %`, 'of transactions'),
    bottomAxis(x, plot, formatDuration, `round trip at most, logarithmic, ${endOf(range)}`),
    ...curves.map(({ points, look, label }) => curve(points, look, label)),
    ...labelsOf(curves, y, plot),
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

interface Curve {
  readonly label: string;
  readonly medianNs: number;
  readonly points: readonly Point[];
}

/** Each beside its curve, the fastest at the top: curves that are close have their names at different heights. */
function labelsOf(curves: readonly Curve[], y: Scale, plot: Plot): Markup[] {
  const sorted = [...curves].sort((a, b) => a.medianNs - b.medianNs);
  return sorted.flatMap(({ label, points }, index) => {
    const at = y.place(0.92 - (0.84 * index) / Math.max(1, sorted.length - 1));
    const place = points.find(([, height]) => height <= at);
    return place === undefined
      ? []
      : [note(label, [Math.min(place[0] + 6, plot.right - 60), at + 4], 'start', 'note label')];
  });
}
