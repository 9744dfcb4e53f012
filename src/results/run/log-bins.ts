// SPDX-License-Identifier: GPL-2.0-only
/** A histogram over equal steps of the logarithm: the shape of latencies that span decades. */
import type { Sorted } from '../../stats/sorted.ts';

export interface LogBins {
  readonly perDecade: number;
  /** Number of the first bin; bin i holds times from 10^(i / perDecade) ns to 10^((i + 1) / perDecade). */
  readonly first: number;
  readonly counts: readonly number[];
}

/** Near a pixel and a half each where a chart spans four decades. */
const PER_DECADE = 40;
const MOST_DECADES = 12;

/** Of round trips in ns, none below 1. */
export function logBins(sorted: Sorted): LogBins {
  const binOf = (ns: number): number => Math.floor(PER_DECADE * Math.log10(Math.max(1, ns)) + 1e-9);
  const { length } = sorted;
  if (length === 0) return { perDecade: PER_DECADE, first: 0, counts: [] };
  const first = binOf(sorted[0] ?? 1);
  const last = Math.min(binOf(sorted[length - 1] ?? 1), first + MOST_DECADES * PER_DECADE);
  const counts = Array.from({ length: last - first + 1 }, () => 0);
  for (let i = 0; i < length; i++) {
    const bin = Math.min(last, binOf(sorted[i] ?? 1)) - first;
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return { perDecade: PER_DECADE, first, counts };
}

/** Where a bin begins, ns. */
export function binStart({ perDecade, first }: LogBins, index: number): number {
  return 10 ** ((first + index) / perDecade);
}
