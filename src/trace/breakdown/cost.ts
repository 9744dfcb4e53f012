// SPDX-License-Identifier: GPL-2.0-only
/** What tracing itself costs, over pairs of blocks: traced / untraced. */
import type { TraceCost } from '../../model/trace-breakdown.ts';
import { meanInterval } from '../../stats/student-t.ts';

/** The p50 of one block and of its untraced neighbour, ns. */
export interface CostPair {
  readonly tracedNs: number;
  readonly plainNs: number;
}

/** Ratios are averaged and their interval is taken as logarithms. Throws RangeError on no pairs or times that are none. */
export function traceCost(pairs: readonly CostPair[]): TraceCost {
  if (pairs.length === 0) throw new RangeError('a cost of no pairs');
  if (pairs.some(({ tracedNs, plainNs }) => !(tracedNs > 0 && plainNs > 0)))
    throw new RangeError('a p50 must be positive');
  const logs = pairs.map(({ tracedNs, plainNs }) => Math.log(tracedNs / plainNs));
  const ratio = Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length);
  if (logs.length < 2) return { pairs: 1, ratio, interval: null };
  const { low, high } = meanInterval(logs);
  return { pairs: logs.length, ratio, interval: { low: Math.exp(low), high: Math.exp(high) } };
}
