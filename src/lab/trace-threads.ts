/** Which threads of the host a trace must know: those of the VMM, of the paths' services, and the probers. */
import type { PathPlan } from '../model/plan.ts';
import type { Probers } from './block.ts';
import type { GuestSession } from './guest-session.ts';
import type { Lab } from './open.ts';
import { qemuPid, readThreads } from './schedule-guest.ts';

export interface NamedThread {
  readonly tid: number;
  /** A word: client, server, vcpu0, vmm, or the name of a hop's service. */
  readonly name: string;
}

/** Threads on the host; the guest's only one is the prober in it. */
export async function hostThreads({
  lab,
  session,
  paths,
  probers,
  signal,
}: {
  readonly lab: Lab;
  readonly session: GuestSession | null;
  readonly paths: readonly PathPlan[];
  readonly probers: Probers;
  readonly signal: AbortSignal;
}): Promise<NamedThread[]> {
  const own = (['client', 'server'] as const)
    .filter((role) => probers[role].where !== 'guest')
    .map((role) => ({ tid: probers[role].pid, name: role }));
  const qemu = session === null ? [] : await qemuThreads(session, signal);
  const services = await Promise.all(paths.map((path) => serviceThreads(lab, path)));
  return [...own, ...qemu, ...services.flat()];
}

export function guestThreads(probers: Probers): NamedThread[] {
  return (['client', 'server'] as const)
    .filter((role) => probers[role].where === 'guest')
    .map((role) => ({ tid: probers[role].pid, name: role }));
}

/** The main loop does the virtio work of TX and RX; QEMU's other threads carry no packet. */
async function qemuThreads({ guest }: GuestSession, signal: AbortSignal): Promise<NamedThread[]> {
  const vcpus = await guest.vcpuThreadIds(signal);
  const pid = await qemuPid(guest.service.pid);
  return (await readThreads(pid)).flatMap(({ pid: tid, innerPid }) => {
    const vcpu = vcpus.indexOf(innerPid);
    if (vcpu >= 0) return [{ tid, name: `vcpu${vcpu}` }];
    return tid === pid ? [{ tid, name: 'vmm' }] : [];
  });
}

async function serviceThreads(lab: Lab, { name: path, backendPlan }: PathPlan): Promise<NamedThread[]> {
  const running = lab.attached.get(path)?.services;
  const found = backendPlan.hops.map(async ({ service, device }) => {
    const launcher = service === undefined ? undefined : running?.get(service)?.pid;
    if (launcher === undefined) return [];
    const threads = await readThreads(await qemuPid(launcher));
    return threads.map(({ pid: tid }) => ({ tid, name: device }));
  });
  return (await Promise.all(found)).flat();
}
