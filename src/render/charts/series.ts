// SPDX-License-Identifier: GPL-2.0-only
/** What several charts of one probe share: its paths, each with its number, and the range of times they span. */
import type { Distribution } from '../../results/run/distribution.ts';

export interface Series {
  readonly distribution: Distribution;
  /** Colour and dash go by it. */
  readonly number: number;
  readonly label: string;
}

/** From the least to the greatest of all, with a little room on both sides. */
export function timeRange(series: readonly Series[]): { readonly low: number; readonly high: number } {
  let [low, high] = [Number.POSITIVE_INFINITY, 1];
  for (const { distribution } of series) {
    low = Math.min(low, distribution.curve[0]?.ns ?? low);
    high = Math.max(high, distribution.curve.at(-1)?.ns ?? high);
  }
  if (!Number.isFinite(low)) low = 1;
  return { low: Math.max(1, low / 1.04), high: high * 1.04 };
}
