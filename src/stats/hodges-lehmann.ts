// SPDX-License-Identifier: GPL-2.0-only
/** The Hodges-Lehmann estimate of a centre. */
import type { Sorted } from './sorted.ts';
import { walshAverage, walshCount } from './walsh.ts';

/**
 * The one-sample Hodges-Lehmann estimate, in the unit of the data: the median of all averages (x[i] + x[j]) / 2, i <=
 * j, exact for any n. Almost as sharp as the mean on normal data (efficiency 3/pi), and nearly a third of the values
 * may be arbitrarily wrong. Hodges and Lehmann, "Estimates of Location Based on Rank Tests", Annals of Mathematical
 * Statistics 34 (1963). Throws RangeError on no data.
 */
export function hodgesLehmann(sorted: Sorted): number {
  const count = walshCount(sorted.length);
  if (count === 0) throw new RangeError('a centre of no values');
  const upper = walshAverage(sorted, Math.floor(count / 2));
  if (count % 2 === 1) return upper;
  return (walshAverage(sorted, count / 2 - 1) + upper) / 2;
}
