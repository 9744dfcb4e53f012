// SPDX-License-Identifier: GPL-2.0-only
/** What tracing cost: medians of the traced and the untraced block of every pair, as the prober measured them. */
import type { Run } from '../../run-store/read-run.ts';
import { median } from '../../stats/quantile.ts';
import { sortedCopy } from '../../stats/sorted.ts';
import type { CostPair } from '../../trace/breakdown/cost.ts';
import type { JoinedBlock } from './joined-block.ts';
import { rttsOf } from './rtts.ts';

/** Of the pairs both of whose blocks can be used. */
export function pairedP50s(run: Run, path: string, used: readonly JoinedBlock[]): CostPair[] {
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
