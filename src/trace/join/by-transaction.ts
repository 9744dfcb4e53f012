// SPDX-License-Identifier: GPL-2.0-only
/** Events in the order of their transactions: a counting sort of indices, 4 bytes an event. It asks for the transaction of each twice. */
import type { EventStore } from './event-store.ts';

/** One store of one machine, with the transaction of each of its events. */
export interface Sorted {
  /** The machine's number among those of the trace. */
  readonly machine: number;
  readonly store: EventStore;
  /** Events of transaction t: index[first[t]] to index[first[t + 1] - 1]. */
  readonly first: Uint32Array;
  readonly index: Uint32Array;
}

/** Of an event that no transaction has. */
export const NO_TRANSACTION = 0xffffffff;

export function sortByTransaction(
  source: { readonly machine: number; readonly store: EventStore },
  transactions: number,
  transactionOf: (index: number) => number,
): Sorted {
  const { store } = source;
  const first = new Uint32Array(transactions + 1);
  for (let i = 0; i < store.length; i++) {
    const transaction = transactionOf(i);
    if (transaction !== NO_TRANSACTION) first[transaction + 1] = (first[transaction + 1] ?? 0) + 1;
  }
  for (let t = 0; t < transactions; t++) first[t + 1] = (first[t + 1] ?? 0) + (first[t] ?? 0);
  const next = first.slice();
  const index = new Uint32Array(first[transactions] ?? 0);
  for (let i = 0; i < store.length; i++) {
    const transaction = transactionOf(i);
    if (transaction === NO_TRANSACTION) continue;
    const at = next[transaction] ?? 0;
    index[at] = i;
    next[transaction] = at + 1;
  }
  return { ...source, first, index };
}
