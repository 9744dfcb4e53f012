// SPDX-License-Identifier: GPL-2.0-only
/** Measures one block in an open lab: which prober runs where, on which CPU, and which counters bear witness. */
import { HOST1, HOST2, isHost } from '../../model/place.ts';
import type { PathPlan, PlannedBlock } from '../../model/plan.ts';
import { type Counters, parseCounters } from '../live/counters.ts';
import { type Guests, guestsOf } from '../live/live-guest.ts';
import { type Lab, runAt, toolsAt } from '../live/open.ts';
import { knowledgeOf } from '../plan/host-steps.ts';
import { type BlockContext, type MeasuredBlock, measureBlock } from './block.ts';
import { proberPlace } from './prober-place.ts';

export interface MeasureOptions {
  /** With the NICs of its guests plugged as the block wants them. */
  readonly lab: Lab;
  readonly planned: PlannedBlock;
  /** The block's paths that are still alive, in the order of the samples' path index. */
  readonly names: readonly string[];
  readonly watch?: BlockContext['watch'];
  readonly signal: AbortSignal;
}

/** Throws what the prober, the agent, the guest's clock or the counters threw; the block's samples are then lost. */
export function measureInLab({ lab, planned, names, watch, signal }: MeasureOptions): Promise<MeasuredBlock> {
  const { placement, paths } = lab.plan;
  const pathOf = (name: string) => paths.find((path) => path.name === name);
  const guests = guestsOf(lab.guests, planned);
  const fifo = placement.fifoPriority === 0 || planned.probe.wait === 'spin' ? null : placement.fifoPriority;
  return measureBlock({
    planned,
    paths: names.map(pathOf).filter((path): path is PathPlan => path !== undefined),
    allPaths: paths,
    place: (where) => proberPlace(toolsAt(where, lab)),
    placement: (where, role) => ({
      cpu: !isHost(where) ? 0 : role === 'client' && guests.size === 0 ? placement.guestCpu : placement.hostCpu,
      fifo,
      lockMemory: true,
      forceSpin: false,
    }),
    readCounters: () => readCounters(lab, guests, signal),
    readLoad: () => knowledgeOf(lab.plan.machines).load(signal),
    ...(watch === undefined ? {} : { watch }),
    guestClocks: new Map([...guests].map(([place, { clock }]) => [place, clock])),
    signal,
  });
}

async function readCounters(lab: Lab, guests: Guests, signal: AbortSignal): Promise<Counters> {
  const [host1, host2, inGuests] = await Promise.all([
    runAt(lab, HOST1, ['ip', '-s', '-j', 'link'], signal),
    runAt(lab, HOST2, ['ip', '-s', '-j', 'link'], signal),
    Promise.all([...guests.values()].map((guest) => guest.counters(signal))),
  ]);
  return new Map([...parseCounters(HOST1, host1), ...parseCounters(HOST2, host2), ...inGuests.flat()]);
}
