// SPDX-License-Identifier: GPL-2.0-only
/** Which threads of a machine a trace must know: those of the VMM, of the paths' services, and the probers. */
import { HOST2 } from '../../model/place.ts';
import type { PathPlan } from '../../model/plan.ts';
import { readThreads } from '../../system/threads.ts';
import type { Guests, LiveGuest } from '../live/live-guest.ts';
import type { Lab } from '../live/open.ts';
import type { Probers } from '../measure/block.ts';
import type { Traced } from './traced-machines.ts';

export interface NamedThread {
  readonly tid: number;
  /** A word: client, server, vcpu0, vmm, or the name of a hop's service. */
  readonly name: string;
  /** True: the first thread of a process all of whose threads are meant, those to come too. */
  readonly process: boolean;
}

interface ThreadsOf {
  readonly lab: Lab;
  /** Those whose VMM carries the packets. */
  readonly guests: Guests;
  readonly paths: readonly PathPlan[];
  readonly probers: Probers;
  readonly signal: AbortSignal;
}

/** Of a machine that is not seen from here the probers alone are known; its tracer finds their threads. */
export async function threadsAt(
  { places, isHere }: Traced,
  { lab, guests, paths, probers, signal }: ThreadsOf,
): Promise<NamedThread[]> {
  const roles = (['client', 'server'] as const).filter((role) => places.includes(probers[role].where));
  if (!isHere) return roles.map((role) => ({ tid: probers[role].pid, name: role, process: true }));
  const own = await Promise.all(roles.map((role) => threadsOf(probers[role].pid, role)));
  if (!places.includes(HOST2)) return own.flat();
  const vmms = await Promise.all([...guests.values()].map((guest) => vmmThreads(guest, signal)));
  const services = await Promise.all(paths.map((path) => serviceThreads(lab, path)));
  return [...own.flat(), ...vmms.flat(), ...services.flat()];
}

/** Threads that exist are listed one by one, so that records tell them apart; the process stands for threads to come. */
async function threadsOf(pid: number, name: string): Promise<NamedThread[]> {
  const threads = await readThreads(pid);
  return threads.map(({ pid: tid }) => ({ tid, name, process: tid === pid }));
}

/** The main loop or vhost does the virtio work of TX and RX; the VMM's workers carry no packet. */
async function vmmThreads({ guest }: LiveGuest, signal: AbortSignal): Promise<NamedThread[]> {
  return (await guest.threads(signal)).flatMap(({ tid, role }) => {
    const name = role.kind === 'vcpu' ? `vcpu${role.index}` : NAMES[role.kind];
    return name === undefined ? [] : [{ tid, name, process: false }];
  });
}

const NAMES: Readonly<Record<string, string>> = { main: 'vmm', vhost: 'vhost' };

async function serviceThreads(lab: Lab, { name: path, backendPlan }: PathPlan): Promise<NamedThread[]> {
  const running = lab.attached.get(path)?.services;
  const found = backendPlan.hops.map(async ({ service, device }) => {
    const serving = service === undefined ? undefined : running?.get(service);
    return serving === undefined ? [] : threadsOf(await serving.pid(), device);
  });
  return (await Promise.all(found)).flat();
}
