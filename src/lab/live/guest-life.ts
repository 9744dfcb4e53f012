// SPDX-License-Identifier: GPL-2.0-only
/** One boot of a lab's guest, up to where NICs can be brought up: quiet, placed on its CPUs, its clock watched. */

import { setTimeout as delay } from 'node:timers/promises';
import { guestMachine } from '../../machines/guest/guest.ts';
import { MachineClock } from '../../machines/machine-clock.ts';
import { HoplabError } from '../../model/errors.ts';
import { GUEST, HOST2, type Place } from '../../model/place.ts';
import type { PathPlan } from '../../model/plan.ts';
import { bootGuest, type Guest, type LaunchVmm } from '../../vmms/boot.ts';
import { vmmOf } from '../../vmms/index.ts';
import type { GuestPlan } from '../../vmms/vmm.ts';
import { pathNic } from '../plan/path-nic.ts';
import { guestAwakeMs } from '../plan/real-time.ts';
import type { AttachedPath } from './attach.ts';
import { type Lab, machineAt } from './open.ts';
import { type ScheduledGuest, scheduleGuest } from './schedule-guest.ts';

/** Two readings of 0.3 ms that far apart tell a rate to within 0.3 %: what is off by more is found before any block. */
const CLOCK_SPAN_MS = 200;
/** The settings of the hosts, in the guest: see src/machines/netns/netns.ts. */
const QUIET: readonly (readonly [string, number])[] = [
  ['net.ipv6.conf.all.disable_ipv6', 1],
  ['net.ipv6.conf.default.disable_ipv6', 1],
  ['net.ipv4.neigh.default.base_reachable_time_ms', 7_200_000],
];

/** Disposing ends the guest, and its place has no machine from then on. */
export interface GuestLife extends AsyncDisposable {
  readonly guest: Guest;
  readonly clock: MachineClock;
  /** How the VMM's threads are scheduled, and what was refused to them. */
  readonly scheduled: ScheduledGuest;
  /** Paths that the VMM could not open, and why. */
  readonly failed: ReadonlyMap<string, HoplabError>;
}

export interface LifeOptions {
  /** Of the guest. */
  readonly place: Place;
  readonly plan: GuestPlan;
  /** Number of the guest in its run. */
  readonly number: number;
  /** Paths whose NICs are there from the boot on, by slot. */
  readonly nics: readonly PathPlan[];
  readonly signal: AbortSignal;
}

/**
 * Boots the guest and opens what the NICs of all attached paths stand on. A path for which that fails, fails alone. Throws
 * GUEST_CLOCK where the guest's clock is seen to be wrong already.
 */
export async function bootLife(lab: Lab, { place, plan, number, nics, signal }: LifeOptions): Promise<GuestLife> {
  const attached = attachedWithGuest(lab);
  const guest = await bootGuest({
    vmm: vmmOf(lab.plan.spec.guest.vmm),
    plan,
    nics: nics.map(pathNic),
    launch: launcher(lab, place, attached),
    signal,
    consoleLog: lab.logPath(`${place}-${number}-console`),
  });
  try {
    const machine = guestMachine(guest.agent);
    const clock = new MachineClock(`${place} ${number}`, machine);
    await clock.read(signal);
    const read = performance.now();
    for (const [key, value] of QUIET) await guest.agent.sysctl(key, value, { signal }).catch(ignoreMissingKey);
    const present = new Set(nics.map(({ name }) => name));
    const unopened = attached.filter(({ plan: path }) => !present.has(path.name));
    const failed = await openAll(guest, unopened, signal);
    const vhostWorkers = vhostWorkersOf(attached.filter(({ plan: path }) => !failed.has(path.name)));
    const scheduled = await scheduleGuest(guest, { placement: lab.plan.placement, vhostWorkers, signal });
    await delay(Math.max(0, CLOCK_SPAN_MS - (performance.now() - read)), undefined, { signal });
    await clock.check(signal);
    lab.machines.set(place, machine);
    const end = async () => {
      lab.machines.delete(place);
      await guest[Symbol.asyncDispose]();
    };
    return { guest, clock, scheduled, failed, [Symbol.asyncDispose]: end };
  } catch (error) {
    await guest[Symbol.asyncDispose]();
    throw error;
  }
}

/** The attached paths that end in the guest. */
export function attachedWithGuest(lab: Lab): AttachedPath[] {
  return [...lab.attached.values()].filter(({ plan }) => plan.backendPlan.attachment.kind !== 'none');
}

/** Starts the VMM of a guest on host2; its threads are placed once it runs. */
export function launcher(lab: Lab, place: Place, attached: readonly AttachedPath[]): LaunchVmm {
  const { kind } = vmmOf(lab.plan.spec.guest.vmm);
  // The first guest's log has the name that it had when there was one guest.
  const logFile = lab.logPath(place === GUEST ? kind : `${kind}-${place}`);
  const openFiles = attached.flatMap((path) => path.attached.openFiles);
  const { host } = machineAt(lab, HOST2);
  if (host === undefined) throw new Error('the machine of host2 starts no VMM');
  const realTime = { priority: 0, awakeMs: guestAwakeMs(lab.plan.blocks) };
  return (argv, options) => host.launch(argv, { ...options, on: HOST2, realTime, logFile, openFiles });
}

/** vhost has one worker for each pair of queues. */
function vhostWorkersOf(attached: readonly AttachedPath[]): number {
  const workers = attached.map(({ plan: { backendPlan } }) => {
    const { attachment, needs = {} } = backendPlan;
    return 'vhost' in attachment && attachment.vhost ? (needs.queues ?? 1) : 0;
  });
  return workers.reduce((sum, count) => sum + count, 0);
}

async function openAll(
  { plug }: Guest,
  attached: readonly AttachedPath[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, HoplabError>> {
  const failed = new Map<string, HoplabError>();
  if (plug === null) return failed;
  for (const { plan } of attached) {
    try {
      await plug.open(pathNic(plan, 0), signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof HoplabError)) throw error;
      failed.set(plan.name, error);
    }
  }
  return failed;
}

/** A guest kernel without IPv6 has no such keys. */
function ignoreMissingKey(error: unknown): void {
  if (!(error instanceof HoplabError && error.code === 'AGENT_REFUSED')) throw error;
}
