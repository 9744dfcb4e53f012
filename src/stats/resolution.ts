// SPDX-License-Identifier: GPL-2.0-only
/** What a number of draws can resolve: the half-width to expect, and the draws that a wanted one takes. */
import { studentQuantile } from './student-t.ts';

/** How sharp a set of draws is. */
export interface ResolutionQuestion {
  /**
   * Standard deviation of a single draw's log ratio, as in `EffectOverDraws.drawStddev`; about 0.01 where NICs are
   * hot-plugged.
   */
  readonly drawStddev: number;
  readonly draws: number;
  /** Coverage, 0.95 unless told. */
  readonly level?: number;
}

/**
 * The half-width of the interval over draws, as a share of the RTT: exp(t s / sqrt(n)) - 1. This is the smallest
 * difference that such draws tell from none. Throws RangeError below two draws.
 */
export function halfWidth({ drawStddev, draws, level = 0.95 }: ResolutionQuestion): number {
  if (!Number.isInteger(draws) || draws < 2) throw new RangeError(`${draws} draws have no interval`);
  return Math.expm1((studentQuantile((1 + level) / 2, draws - 1) * drawStddev) / Math.sqrt(draws));
}

/**
 * The difference that such draws find with probability `power` (0.8 unless told), as a share of the RTT: half-width
 * plus the quantile of the power, (t_{1 - a/2} + t_{power}) s / sqrt(n); Snedecor and Cochran, "Statistical Methods"
 * (1989), chapter 6. A little low below six draws, where the spread itself is uncertain.
 */
export function detectable(question: ResolutionQuestion & { readonly power?: number }): number {
  const { drawStddev, draws, level = 0.95, power = 0.8 } = question;
  if (!Number.isInteger(draws) || draws < 2) throw new RangeError(`${draws} draws have no interval`);
  const t = studentQuantile((1 + level) / 2, draws - 1) + studentQuantile(power, draws - 1);
  return Math.expm1((t * drawStddev) / Math.sqrt(draws));
}

/**
 * The smallest even number of draws (slots are reversed in pairs) whose half-width is at most `wanted`, a share of the
 * RTT; null where `most` draws are not enough. For the hint "n draws would tell them apart".
 */
export function drawsNeeded(drawStddev: number, wanted: number, most = 1000): number | null {
  for (let draws = 2; draws <= most; draws += 2) {
    if (halfWidth({ drawStddev, draws }) <= wanted) return draws;
  }
  return null;
}
