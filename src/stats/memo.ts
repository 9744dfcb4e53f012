// SPDX-License-Identifier: GPL-2.0-only
/** Results of a function that costs milliseconds and is asked the same again and again. */

/** The function with a memory of its last results: all of them are forgotten at once when there are `most`. */
export function memo<A extends readonly unknown[], R>(
  compute: (...asked: A) => R,
  { keyOf, most }: { readonly keyOf: (...asked: A) => string; readonly most: number },
): (...asked: A) => R {
  const known = new Map<string, R>();
  return (...asked) => {
    const key = keyOf(...asked);
    const found = known.get(key);
    if (found !== undefined) return found;
    const result = compute(...asked);
    if (known.size >= most) known.clear();
    known.set(key, result);
    return result;
  };
}
