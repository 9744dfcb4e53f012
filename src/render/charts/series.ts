// SPDX-License-Identifier: GPL-2.0-only
/** What several charts of one probe share: its paths, how each is drawn, and the range of times they span. */
import type { Distribution } from '../../results/run/distribution.ts';
import { isHost } from '../../results/run/named-paths.ts';
import type { Look } from './look.ts';

export interface Series {
  readonly distribution: Distribution;
  readonly look: Look;
  readonly label: string;
}

/** Where axes end: what lies beyond is one transaction in a thousand, and would press all others together. */
const LAST_PERCENTILE = 0.999;

/** From the least to the greatest p99.9 of all, with a little room on both sides; `last` = 0.999, or what so many samples can tell. */
export function timeRange(series: readonly Series[]): {
  readonly low: number;
  readonly high: number;
  readonly last: number;
} {
  let [low, high, last] = [Number.POSITIVE_INFINITY, 1, 0.5];
  for (const { distribution } of series) {
    const end = distribution.quantiles.filter(({ p }) => p <= LAST_PERCENTILE).at(-1);
    low = Math.min(low, distribution.curve[0]?.ns ?? low);
    high = Math.max(high, end?.ns ?? distribution.curve.at(-1)?.ns ?? high);
    last = Math.max(last, end?.p ?? last);
  }
  if (!Number.isFinite(low)) low = 1;
  return { low: Math.max(1, low / 1.04), high: high * 1.04, last };
}

/** From the least to the greatest of all: where no extreme may be missing. */
export function wholeRange(series: readonly Series[]): { readonly low: number; readonly high: number } {
  const ends = series.flatMap(({ distribution: { curve } }) => [curve[0]?.ns ?? 1, curve.at(-1)?.ns ?? 1]);
  return { low: Math.max(1, Math.min(...ends) / 1.04), high: Math.max(2, ...ends) * 1.04 };
}

/** "up to p99.9". */
export function endOf({ last }: { readonly last: number }): string {
  return `up to p${Number((100 * last).toFixed(4))}`;
}

/**
 * Paths with a guest, and apart from them those without: their round trips are so much shorter that on one axis there would be
 * room for nothing else. All together where there are only such.
 */
export function hostApart(series: readonly Series[]): {
  readonly guests: readonly Series[];
  readonly hosts: readonly Series[];
} {
  const guests = series.filter(({ distribution }) => !isHost(distribution));
  if (guests.length === 0) return { guests: series, hosts: [] };
  return { guests, hosts: series.filter(({ distribution }) => isHost(distribution)) };
}
