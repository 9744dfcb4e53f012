// SPDX-License-Identifier: GPL-2.0-only
/** The effect of one draw: how much slower or faster the candidate was than the reference in one block. */
import type { DrawKey } from '../model/block.ts';
import type { Measure, Observations } from '../model/measure.ts';
import type { DrawRatio } from '../model/result.ts';
import type { Samples } from '../model/samples.ts';
import { at } from './at.ts';
import { type GroupStatistic, groupPath, pairGroups } from './groups.ts';
import { hodgesLehmann } from './hodges-lehmann.ts';
import { median } from './quantile.ts';
import { signedRankInterval } from './signed-rank.ts';
import { sortedCopy } from './sorted.ts';
import { pick, selectUsable } from './usable.ts';

/** One block of a comparison. */
export interface DrawBlock<L> {
  readonly samples: Samples;
  readonly measure: Pick<Measure<L>, 'observe' | 'levels'>;
  /** Path indices in the samples. */
  readonly candidate: number;
  readonly reference: number;
  readonly groupSize: number;
  readonly key: Pick<DrawKey, 'draw' | 'guest' | 'reversed'>;
  /** What stands for a group: its median unless told. */
  readonly statistic?: GroupStatistic;
}

/** What a draw came to; `lost` and `discarded` are those of its two paths together. */
export type DrawOutcome<L> =
  | { readonly kind: 'effect'; readonly effect: DrawRatio & L; readonly lost: number; readonly discarded: number }
  | {
      readonly kind: 'too-few-groups';
      readonly groups: number;
      readonly reason: string;
      readonly lost: number;
      readonly discarded: number;
    };

/** Below this a signed-rank interval of 95 % does not exist, and a centre is hardly more than one group. */
const LEAST_PAIRED_GROUPS = 6;

/**
 * The Hodges-Lehmann centre of ln(candidate / reference) over the groups that both paths have, with its signed-rank
 * interval (95 %). Pairing takes out what disturbs both paths alike; the logarithm makes the effect a ratio, which
 * stays the same when the level moves. The interval is calibrated for *this plugging* alone: it does not know the
 * offset that every plugging gives a NIC, and is no result. Fewer than 6 paired groups are an outcome of their own,
 * with its reason.
 */
export function drawEffect<L>(block: DrawBlock<L>): DrawOutcome<L> {
  const { measure, groupSize, key, statistic = 'p50' } = block;
  const observed = measure.observe(block.samples);
  const candidate = groupPath(observed, block.candidate, groupSize);
  const reference = groupPath(observed, block.reference, groupSize);
  const pairs = pairGroups(candidate, reference, statistic);
  const groups = pairs.numbers.length;
  const lost = candidate.counts.lost + reference.counts.lost;
  const discarded = candidate.counts.discarded + reference.counts.discarded;
  if (groups < LEAST_PAIRED_GROUPS) {
    const reason =
      `draw ${key.draw + 1}: ${groups} groups of ${groupSize} transactions are complete on both paths, ` +
      `and ${LEAST_PAIRED_GROUPS} are needed`;
    return { kind: 'too-few-groups', groups, reason, lost, discarded };
  }
  const logRatios = sortedCopy(pairs.first.map((value, i) => Math.log(value / at(pairs.second, i))));
  const { low, high } = signedRankInterval(logRatios);
  const effect = {
    draw: key.draw,
    guest: key.guest,
    reversed: key.reversed,
    logRatio: hodgesLehmann(logRatios),
    withinInterval: { low, high },
    groups,
    ...measure.levels(medianOf(observed, block.reference), medianOf(observed, block.candidate)),
  };
  return { kind: 'effect', effect, lost, discarded };
}

function medianOf(observed: Observations, path: number): number {
  return median(sortedCopy(pick(observed.value, selectUsable(observed, path).indices)));
}
