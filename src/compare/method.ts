// SPDX-License-Identifier: GPL-2.0-only
/** How an effect was computed, as a sentence: a figure whose method is not said cannot be judged. */

import type { StatisticName } from '../model/compare.ts';
import type { MeanInterval } from '../stats/student-t.ts';
import { formatPercentSize } from '../words/format.ts';
import type { Basis, EffectUnit } from './compare-schema.ts';

/** What an interval was taken over. */
export interface Estimated {
  readonly logRatio: number;
  readonly interval: MeanInterval | null;
  /** The interval without what is assumed between runs, where something is. */
  readonly seen?: MeanInterval | null;
  readonly unit: EffectUnit;
  readonly units: { readonly baseline: number; readonly candidate: number };
  readonly assumed: number | null;
  /** One side has too few runs for a spread of its own. */
  readonly pooled: boolean;
  /** Draws were added until they sufficed, and the interval is as wide as over all looks at them. */
  readonly repeated: boolean;
}

/** "ln ratio of the two figures in each draw; Welch's t over draws": their numbers are the effect's, so that equal methods read alike. */
export function methodOf(
  { unit, assumed, interval, pooled, repeated }: Estimated,
  basis: Basis,
  statistic: StatisticName,
): string {
  const what = valueWords(basis, statistic);
  if (interval === null) return `${what}; one value a run, whose own error is not known: no interval`;
  const test = testWords(basis, pooled);
  const offset =
    assumed === null ? '' : `, with a standard deviation of ${formatPercentSize(assumed)} assumed between runs`;
  const looks = repeated ? ', as wide as over all looks of --until' : '';
  return `${what}; ${test} over ${unit}${looks}${offset}`;
}

function testWords(basis: Basis, pooled: boolean): string {
  if (basis.kind === 'direct') return "Student's t";
  return pooled ? "Student's t with the pooled variance" : "Welch's t";
}

/** What one unit's value is; without the statistic's name, so that equal methods read alike. */
function valueWords(basis: Basis, statistic: StatisticName): string {
  if (basis.kind === 'absolute') return "ln of each block's figure";
  const paired = statistic === 'p50' ? 'Hodges-Lehmann ln ratio of paired groups' : 'ln ratio of the two figures';
  switch (basis.within) {
    case 'draws':
      return `${paired} in each draw`;
    case 'rotation':
      return `${paired} in each block of the rotation`;
    case 'rounds':
      return 'ln ratio of the two figures in each round';
    default:
      return basis.within satisfies never;
  }
}
