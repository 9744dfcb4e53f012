// SPDX-License-Identifier: GPL-2.0-only
/** The draws that a run adds to what is inconclusive: one more crossover pair each, until its rule or a budget ends it. */
import type { Plan, PlannedBlock } from '../../model/plan.ts';
import type { Comparison } from '../../model/result.ts';
import { createRandom, shuffled } from '../../stats/random.ts';
import { planDraw } from './schedule.ts';

/** A comparison that gets another crossover pair. */
export type OpenPair = Pick<Comparison, 'probe' | 'candidate' | 'reference'>;

/**
 * Draws `from` and `from + 1` of every open pair, in random order. They are made in the guest that is up: a fresh one for each
 * round would cost more than it tells, as no effect of the boot was seen over draws.
 */
export function planRound(plan: Plan, open: readonly OpenPair[], from: number): PlannedBlock[] {
  const { spec } = plan;
  const random = createRandom((spec.seed % 2 ** 31) + from);
  const guest = Math.max(0, plan.guests - 1);
  const pairs = open.flatMap(({ probe: name, candidate, reference }) => {
    const probe = spec.probes.find((each) => each.name === name);
    return probe === undefined ? [] : [{ probe, pair: [candidate, reference] as const }];
  });
  return shuffled(pairs, random).flatMap((planned) =>
    [from, from + 1].map((draw) => planDraw(spec, { ...planned, draw, guest, seed: random.below(2 ** 31) })),
  );
}

/** All blocks that may be added, as if no comparison were ever settled; empty where the number of draws is fixed. */
export function mostAdded(plan: Plan): PlannedBlock[] {
  const { draws, until } = plan.spec.comparison;
  const all = plan.blocks.flatMap(({ probe, draw }): OpenPair[] => {
    if (draw?.draw !== 0) return [];
    const [candidate, reference] = draw.pair;
    return [{ probe: probe.name, candidate, reference }];
  });
  const rounds = until === undefined ? 0 : (until.maxDraws - draws) / 2;
  return Array.from({ length: rounds }, (_, round) => planRound(plan, all, draws + 2 * round)).flat();
}
