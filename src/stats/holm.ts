// SPDX-License-Identifier: GPL-2.0-only
/** Holm's step-down adjustment of p values for several comparisons. */
import { at } from './at.ts';

/**
 * Adjusted p values, in the order of the input: calling "a difference" where the adjusted value is below alpha keeps
 * the chance of any false call at alpha, whatever the dependence of the tests. S. Holm, "A Simple Sequentially
 * Rejective Multiple Test Procedure", Scandinavian Journal of Statistics 6 (1979). Throws RangeError on a value
 * outside 0 to 1.
 */
export function holm(pValues: readonly number[]): number[] {
  for (const p of pValues) if (!(p >= 0 && p <= 1)) throw new RangeError(`a p value must be from 0 to 1, not ${p}`);
  const order = pValues.map((_, index) => index).sort((a, b) => at(pValues, a) - at(pValues, b));
  const adjusted = new Array<number>(pValues.length).fill(1);
  let running = 0;
  order.forEach((index, step) => {
    running = Math.max(running, Math.min(1, (pValues.length - step) * at(pValues, index)));
    adjusted[index] = running;
  });
  return adjusted;
}
