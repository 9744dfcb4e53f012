/** What tracing cost: medians of the traced and the untraced block of every pair, as the prober measured them. */
import type { TraceCost } from '../model/trace.ts';
import type { Run } from '../run-store/read-run.ts';
import { moments } from '../stats/moments.ts';
import { median } from '../stats/quantile.ts';
import { sortedCopy } from '../stats/sorted.ts';
import { studentInterval } from '../stats/student-t.ts';
import type { JoinedBlock } from './trace-join.ts';
import { rttsOf } from './trace-rtts.ts';

export interface PairedP50 {
  readonly tracedNs: number;
  readonly plainNs: number;
}

/** Of the pairs both of whose blocks can be used. */
export function pairedP50s(run: Run, path: string, used: readonly JoinedBlock[]): PairedP50[] {
  return used.flatMap(({ block }) => {
    const plain = run.blocks.find(
      ({ trace, paths }) =>
        trace?.traced === false && trace.pair === block.trace?.pair && paths.join() === block.paths.join(),
    );
    if (plain === undefined) return [];
    const [tracedNs, plainNs] = [rttsOf(run, block, path).p50Ns, rttsOf(run, plain, path).p50Ns];
    return tracedNs === null || plainNs === null ? [] : [{ tracedNs, plainNs }];
  });
}

/** null for none. */
export function middleOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : median(sortedCopy(values));
}

/** Geometric mean of the pairs' ratios; the interval is a t interval over pairs, of their logarithms. */
export function traceCost(pairs: readonly PairedP50[]): TraceCost {
  const { n, mean, stddev } = moments(pairs.map(({ tracedNs, plainNs }) => Math.log(tracedNs / plainNs)));
  const interval =
    n < 2 ? null : studentInterval({ mean, standardError: stddev / Math.sqrt(n), df: n - 1, level: 0.95 });
  return {
    pairs: n,
    ratio: Math.exp(mean),
    interval: interval === null ? null : { low: Math.exp(interval.low), high: Math.exp(interval.high) },
  };
}
