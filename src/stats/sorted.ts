// SPDX-License-Identifier: GPL-2.0-only
/** Sorted data as a type of its own, so that an unsorted array cannot reach a quantile. */

declare const sortedBrand: unique symbol;

/** Ascending numbers without NaN; made by `sortedCopy` alone. */
export interface Sorted extends ArrayLike<number> {
  readonly [sortedBrand]: true;
}

/**
 * An ascending copy of `values`. Integer columns (Uint32Array) stay integers: they sort faster and need half the
 * memory. Throws RangeError on NaN and on infinities, which no statistic here has a meaning for.
 */
export function sortedCopy(values: ArrayLike<number>): Sorted {
  const copy = values instanceof Uint32Array ? values.slice() : Float64Array.from(values);
  copy.sort();
  if (!isSorted(copy)) throw new RangeError('statistics need finite numbers: a NaN or an infinity is among the values');
  return copy;
}

/** The same without a copy, of a column that is the caller's own to spoil: for callers that sort one scratch again and again. */
export function sortInPlace(values: Uint32Array): Sorted {
  const sorted: Uint32Array = values.sort();
  if (!isSorted(sorted)) throw new RangeError('a column of whole numbers that cannot be sorted');
  return sorted;
}

/**
 * True for ascending finite numbers. Typed arrays sort NaN to the end, so looking at the two ends and the order
 * suffices.
 */
function isSorted(values: ArrayLike<number>): values is Sorted {
  const { length } = values;
  if (length === 0) return true;
  if (!Number.isFinite(values[0]) || !Number.isFinite(values[length - 1])) return false;
  for (let i = 1; i < length; i++) {
    if (!((values[i - 1] ?? Number.NaN) <= (values[i] ?? Number.NaN))) return false;
  }
  return true;
}
