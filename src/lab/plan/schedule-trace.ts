// SPDX-License-Identifier: GPL-2.0-only
/** Which block of a trace is run when: pairs of a traced and an untraced one on the same plugging. Pure. */
import { hasGuest, type PathPlan, type PlannedBlock } from '../../model/plan.ts';
import type { ProbeSpec } from '../../model/probe-spec.ts';
import { createRandom } from '../../stats/random.ts';
import { GROUP_SIZE } from './schedule.ts';

export interface TraceSchedule {
  readonly probe: ProbeSpec;
  /** Pairs of blocks, a fresh plugging each: the unit over which every interval is taken. */
  readonly pairs: number;
  /** Transactions per path and block. */
  readonly count: number;
  readonly warmup: number;
  readonly seed: number;
}

/**
 * Every second pair has its slots reversed and its blocks in the other order, so that neither a slot nor what the first
 * block leaves warm is taken for the cost of tracing.
 */
export function planTraceBlocks(paths: readonly PathPlan[], schedule: TraceSchedule): PlannedBlock[] {
  const { probe, pairs, count, warmup, seed } = schedule;
  const random = createRandom(seed);
  const reachable = paths.filter(({ backendPlan }) => backendPlan.reach[probe.direction].kind === 'reachable');
  const guests = reachable.filter(hasGuest).map(({ name }) => name);
  const hosts = reachable.filter((path) => !hasGuest(path)).map(({ name }) => name);
  const blocks: PlannedBlock[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    const order = pair % 2 === 0 ? [false, true] : [true, false];
    const add = (what: string, names: readonly string[], slots: readonly string[]) => {
      for (const [at, traced] of order.entries()) {
        blocks.push({
          id: `${what}-${String(pair).padStart(2, '0')}-${traced ? 'traced' : 'plain'}`,
          part: 'overview',
          probe: { ...probe, durationNs: null },
          paths: names,
          slots,
          freshPlug: at === 0,
          draw: null,
          guest: 0,
          count,
          warmup,
          groupSize: GROUP_SIZE,
          seed: random.below(2 ** 31),
          trace: { pair, traced },
        });
      }
    };
    for (const name of hosts) add(name, [name], []);
    if (guests.length > 0) add('guest', guests, pair % 2 === 0 ? guests : guests.toReversed());
  }
  return blocks;
}
