// SPDX-License-Identifier: GPL-2.0-only
/** Inverts a falling function. */

/**
 * The x >= 0 at which `falling` (continuous, decreasing, above `target` at 0) reaches `target`: the bracket is doubled
 * until it holds the root, then halved until no double lies inside. No derivative, no tolerance to choose.
 */
export function solveFalling(falling: (x: number) => number, target: number): number {
  let high = 1;
  while (falling(high) > target) {
    high *= 2;
    if (!Number.isFinite(high)) throw new RangeError(`no argument gives ${target}`);
  }
  let low = high === 1 ? 0 : high / 2;
  for (;;) {
    const middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) return high;
    if (falling(middle) > target) low = middle;
    else high = middle;
  }
}
