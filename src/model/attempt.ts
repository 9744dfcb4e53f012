// SPDX-License-Identifier: GPL-2.0-only
/** What came of trying: a value, or why there is none. For what may fail and is no error; errors are thrown. */
export type Attempt<T, Why = string> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly why: Why };

export function done<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

export function notDone<Why>(why: Why): { readonly ok: false; readonly why: Why } {
  return { ok: false, why };
}
