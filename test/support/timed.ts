// SPDX-License-Identifier: GPL-2.0-only
/** A row or comparison of a probe that measures time, as such. */
import assert from 'node:assert/strict';

type Timed<T> = Extract<T, { readonly unit?: never }>;

/** Fails the test on a rate. */
export function timed<T extends { readonly unit?: unknown }>(one: T): Timed<T> {
  assert.ok(isTimed(one), `a rate in ${String(one.unit)}`);
  return one;
}

function isTimed<T extends { readonly unit?: unknown }>(one: T): one is Timed<T> {
  return one.unit === undefined;
}
