// SPDX-License-Identifier: GPL-2.0-only
/** Reads one element that must be there. */

/**
 * The element at `index`; throws RangeError outside the array, because a missing number would silently turn a statistic
 * into NaN. Hot loops over a million samples index directly instead: one shared call site sees every array type.
 */
export function at(values: ArrayLike<number>, index: number): number {
  const value = values[index];
  if (value === undefined) throw new RangeError(`index ${index} is outside an array of ${values.length}`);
  return value;
}
