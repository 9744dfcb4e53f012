// SPDX-License-Identifier: GPL-2.0-only
/** The level of a path over draws, blocks or runs, and what a ratio comes to there in the unit of the figures. */
import type { Interval } from '../model/result.ts';
import { mean } from './moments.ts';

/**
 * The geometric mean, of logarithms: the scale on which the ratios are averaged, so that a level times its mean ratio is the
 * other level, whichever of the two is divided by (Fleming and Wallace, "How not to lie with statistics: the correct way to
 * summarize benchmark results", Communications of the ACM 29, 1986). Throws RangeError on none.
 */
export function levelOf(logs: readonly number[]): number {
  return Math.exp(mean(logs));
}

export interface Relative {
  readonly relative: number;
  readonly relativeInterval: Interval | null;
}

/** The difference that a ratio makes at the level of what was divided by. */
export function differenceAt(
  level: number,
  { relative, relativeInterval: bounds }: Relative,
): { readonly value: number; readonly interval: Interval | null } {
  return {
    value: relative * level,
    interval: bounds === null ? null : { low: bounds.low * level, high: bounds.high * level },
  };
}
