// SPDX-License-Identifier: GPL-2.0-only
/** Medians and spreads of a bench's figures. */
import { moments } from '../../src/stats/moments.ts';
import { median as sortedMedian } from '../../src/stats/quantile.ts';
import { sortedCopy } from '../../src/stats/sorted.ts';

export function median(values: readonly number[]): number {
  return sortedMedian(sortedCopy(values));
}

export function stddevOf(values: readonly number[]): number {
  return moments(values).stddev;
}

/** "3.61 (3.40 to 3.90)": the median and the range. */
export function spread(values: readonly number[], digits: number): string {
  const show = (value: number) => value.toFixed(digits);
  return `${show(median(values))} (${show(Math.min(...values))} to ${show(Math.max(...values))})`;
}

/**
 * The 95 % interval of a share that was seen in `hits` of `trials`: E. B. Wilson, "Probable Inference, the Law of
 * Succession, and Statistical Inference", Journal of the American Statistical Association 22 (1927).
 */
export function wilsonInterval(hits: number, trials: number): { readonly low: number; readonly high: number } {
  const z = 1.959964;
  const share = hits / trials;
  const centre = share + z ** 2 / (2 * trials);
  const half = z * Math.sqrt((share * (1 - share)) / trials + z ** 2 / (4 * trials ** 2));
  const scale = 1 + z ** 2 / trials;
  return { low: (centre - half) / scale, high: (centre + half) / scale };
}
