// SPDX-License-Identifier: GPL-2.0-only
/** The samples of a run over time as columns for a chart; the report has thinned them out and kept the extremes. */

import { looksOf } from '../render/charts/look.ts';
import type { RunFigures } from '../results/run/figures.ts';
import { isHost } from '../results/run/named-paths.ts';
import { pathLabel } from '../words/path-labels.ts';

/** The paths of one probe. */
export interface SampleSeries {
  readonly probe: string;
  readonly paths: readonly PathSeries[];
}

/** Columns of equal length, one entry a stretch of time; times since the first block in s, round trips in us. */
interface PathSeries {
  readonly path: string;
  /** A class of the style sheet. */
  readonly colour: string;
  /** It has no guest on its way: an axis of its own. */
  readonly apart: boolean;
  readonly atS: readonly number[];
  readonly minUs: readonly number[];
  readonly midUs: readonly number[];
  readonly maxUs: readonly number[];
  readonly lostAtS: readonly number[];
  readonly lost: number;
}

export function seriesOf({ report, distributions }: RunFigures): SampleSeries[] {
  const label = pathLabel;
  const looks = looksOf(report);
  return report.probes.flatMap(({ probe }) => {
    const paths = distributions
      .filter((one) => one.probe === probe.name)
      .map(
        ({ path, backend, time }): PathSeries => ({
          path: label(path),
          colour: looks.get(path)?.colour ?? '',
          apart: isHost({ backend }),
          atS: time.bucket.map((bucket) => round((bucket * time.stepNs) / 1e9)),
          minUs: time.minNs.map(toUs),
          midUs: time.midNs.map(toUs),
          maxUs: time.maxNs.map(toUs),
          lostAtS: time.lostNs.map((ns) => round(ns / 1e9)),
          lost: time.lostCount,
        }),
      );
    return paths.length === 0 ? [] : [{ probe: probe.name, paths }];
  });
}

function toUs(ns: number): number {
  return round(ns / 1000);
}

function round(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
