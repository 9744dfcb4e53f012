// SPDX-License-Identifier: GPL-2.0-only
/** Which blocks a run measures beyond its plan: rounds of draws for the comparisons that are still open. */
import type { UntilSpec } from '../../model/lab-spec.ts';
import type { Plan, PlannedBlock } from '../../model/plan.ts';
import type { Comparison } from '../../model/result.ts';
import { stillOpen } from '../../stats/until.ts';
import { formatCounted, formatPercentSize } from '../../words/format.ts';
import { planRound } from '../plan/more-draws.ts';

export interface DrawsToAdd {
  readonly plan: Plan;
  readonly rule: UntilSpec;
  /** In ms since the epoch. */
  readonly startedAt: number;
  /** The comparisons as they stand with all blocks so far. */
  readonly compare: () => Promise<readonly Comparison[]>;
  /** Takes one line at each look. */
  readonly tell: (text: string) => void;
}

/** The next round, each time that it is asked for; empty = no more. */
export type NextRound = () => Promise<readonly PlannedBlock[]>;

/**
 * Rounds of one crossover pair for every open comparison. A comparison that got no draw in a round cannot be measured any more,
 * and leaves. A round that would probably end beyond the time is not begun.
 */
export function addDraws({ plan, rule, startedAt, compare, tell }: DrawsToAdd): NextRound {
  const { halfWidth, maxDraws, maxTimeNs } = rule;
  const limit = maxTimeNs === null ? Number.POSITIVE_INFINITY : startedAt + maxTimeNs / 1e6;
  const gaveUp = new Set<string>();
  let next = plan.spec.comparison.draws;
  let asked = new Map<string, number>();
  let pairMs = 0;
  let since = 0;
  return async () => {
    const comparisons = await compare();
    const now = Date.now();
    for (const one of comparisons) if (asked.get(keyOf(one)) === one.draws.length) gaveUp.add(keyOf(one));
    if (asked.size > 0) pairMs = (now - since) / asked.size;
    const open = stillOpen(
      comparisons.filter((one) => !gaveUp.has(keyOf(one))),
      halfWidth,
    );
    if (open.length > 0) tell(`${formatCounted(next, 'draw')}: ${lookWords(comparisons, open)}`);
    if (next + 2 > maxDraws || now + open.length * pairMs > limit) return [];
    asked = new Map(open.map((one) => [keyOf(one), one.draws.length]));
    since = now;
    const round = planRound(plan, open, next);
    next += 2;
    return round;
  };
}

/** "2 of 6 comparisons are open, ovs ±2.3 %, macvtap ±1.4 %". */
function lookWords(all: readonly Comparison[], open: readonly Comparison[]): string {
  const widths = open.flatMap(({ candidate, relativeInterval: bounds }) =>
    bounds === null ? [] : [`${candidate} ±${formatPercentSize((bounds.high - bounds.low) / 2)}`],
  );
  return [`${open.length} of ${formatCounted(all.length, 'comparison')} go on`, ...widths].join(', ');
}

function keyOf({ probe, candidate, reference }: Comparison): string {
  return JSON.stringify([probe, candidate, reference]);
}
