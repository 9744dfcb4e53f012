// SPDX-License-Identifier: GPL-2.0-only
/** How many draws a comparison that is still inconclusive would probably need. */
import type { LookSchedule } from './sequential-bounds.ts';
import { lastLook } from './sequential-test.ts';
import { studentQuantile } from './student-t.ts';

/** What is known from the draws so far, in ln units. */
export interface DrawsSoFar {
  readonly draws: number;
  readonly logRatio: number;
  /** Standard deviation of a single draw. */
  readonly drawStddev: number;
  /** Differences up to this size are not claimed. */
  readonly margin: number;
  /** How many claims share an error rate of 5 %: by Holm's correction the first of them has the m-th part of it. */
  readonly claims?: number;
  /** Of a comparison whose draws are added until they suffice; absent = their number is fixed. */
  readonly schedule?: LookSchedule | undefined;
}

const ALPHA = 0.05;
/** More than this is no plan. */
const MOST = 1000;

/**
 * Draws to add, an even number as they come in crossover pairs, until the interval would exclude 0 or lie within the margin,
 * if the estimate and the spread of a draw stay what they are: the smallest n with t(n - 1) * stddev / sqrt(n) below the
 * distance that is left. null: more than 1,000, as where the estimate lies on the margin itself. A forecast, and no bound:
 * Stein, "A two-sample test for a linear hypothesis whose power is independent of the variance" (1945), has the idea.
 */
export function drawsToSettle(soFar: DrawsSoFar): number | null {
  const { draws, logRatio, drawStddev, margin, claims = 1, schedule } = soFar;
  const size = Math.abs(logRatio);
  const isClaim = size > margin;
  const distance = isClaim ? size : margin - size;
  const alpha = ALPHA / (isClaim ? claims : 1);
  // At a later look the single interval is hardly ever wider than at this one.
  const p = 1 - (schedule === undefined ? alpha : lastLook(schedule, alpha).nominal) / 2;
  const settles = (more: number): boolean => {
    const n = draws + more;
    return studentQuantile(p, n - 1) * drawStddev <= distance * Math.sqrt(n);
  };
  // The interval narrows with every pair, so that the first number that settles can be found by halving.
  let [low, high] = [0, Math.floor((MOST - draws) / 2)];
  if (high < 1 || !settles(2 * high)) return null;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (settles(2 * middle)) high = middle;
    else low = middle;
  }
  return 2 * high;
}
