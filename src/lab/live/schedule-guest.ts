// SPDX-License-Identifier: GPL-2.0-only
/** Places the threads that serve a guest: vCPUs on its CPU, the others on the host's, under SCHED_FIFO where granted. */
import type { GuestThread } from '../../model/environment.ts';
import type { Placement } from '../../model/plan.ts';
import { run } from '../../system/exec.ts';
import { readScheduling } from '../../system/threads.ts';
import type { Guest } from '../../vmms/boot.ts';
import type { VmmThread } from '../../vmms/vmm.ts';

export interface ScheduledGuest {
  /** What each thread has, read again after it was asked for. */
  readonly threads: readonly GuestThread[];
  /** What was refused, or is not as planned, a line each; empty when all was granted. */
  readonly refused: readonly string[];
}

export interface ScheduleOptions {
  readonly placement: Placement;
  /** How many threads of vhost must be there. */
  readonly vhostWorkers: number;
  readonly signal: AbortSignal;
}

export async function scheduleGuest(
  guest: Pick<Guest, 'vmm' | 'threads'>,
  { placement, vhostWorkers, signal }: ScheduleOptions,
): Promise<ScheduledGuest> {
  const refused = new Set<string>();
  const threads = await guest.threads(signal);
  const at = { refused, vmm: guest.vmm.name, signal };
  for (const thread of threads) {
    const wanted = wantedFor(thread, placement);
    if (wanted === null) continue;
    await attempt(['taskset', '-c', '-p', String(wanted.cpu), String(thread.tid)], at);
    if (wanted.priority !== 0) await attempt(['chrt', '-f', '-p', String(wanted.priority), String(thread.tid)], at);
  }
  const found = threads.filter(({ role }) => role.kind === 'vhost').length;
  if (found < vhostWorkers)
    refused.add(
      `${guest.vmm.name}: ${found} of ${vhostWorkers} vhost workers were found: the others run in the class and on the CPUs that the kernel chose`,
    );
  const now = await Promise.all(
    threads.map(async (thread) => {
      const state = await stateOf(thread);
      for (const each of state) if (each.role === 'vhost') missed(each, wantedFor(thread, placement), at);
      return state;
    }),
  );
  return { threads: now.flat(), refused: [...refused] };
}

/** A worker of vhost carries every packet: what it runs as is told by its name, whatever was granted. */
function missed({ name, scheduling, cpus }: GuestThread, wanted: Wanted | null, { refused, vmm }: Attempt): void {
  if (wanted === null) return;
  const { cpu, priority } = wanted;
  if (cpus === String(cpu) && (priority === 0 || scheduling === `fifo:${priority}`)) return;
  const planned = `${priority === 0 ? '' : `fifo:${priority} `}on CPU ${cpu}`;
  refused.add(`${vmm}: vhost worker ${name} runs as ${scheduling} on CPU ${cpus}, and not ${planned}`);
}

interface Wanted {
  readonly cpu: number;
  /** Under SCHED_FIFO; 0 = its class is left as it is. */
  readonly priority: number;
}

/** null = it is left as it is. */
function wantedFor({ role }: VmmThread, { guestCpu, hostCpu, fifoPriority }: Placement): Wanted | null {
  switch (role.kind) {
    case 'kernel':
      return null;
    case 'vcpu':
      // A second vCPU on the first one's CPU would make it wait: only the first is where the client runs.
      return { cpu: role.index === 0 ? guestCpu : hostCpu, priority: fifoPriority };
    case 'main':
    case 'vhost':
    case 'worker':
      // The main loop and vhost do the virtio work of TX and RX: they must not wait for a vCPU that spins.
      return { cpu: hostCpu, priority: fifoPriority === 0 ? 0 : fifoPriority + 1 };
    default:
      return role satisfies never;
  }
}

/** None for a thread that ended meanwhile. */
async function stateOf({ tid, name, role }: VmmThread): Promise<GuestThread[]> {
  const now = await readScheduling(tid);
  if (now === null) return [];
  return [{ name, role: role.kind === 'vcpu' ? `vcpu ${role.index}` : role.kind, ...now }];
}

interface Attempt {
  readonly refused: Set<string>;
  readonly vmm: string;
  readonly signal: AbortSignal;
}

async function attempt(argv: readonly string[], { refused, vmm, signal }: Attempt): Promise<void> {
  const { code, stderr } = await run(argv, { signal, allowFailure: true, what: `place ${vmm}'s threads` });
  // A worker thread may end between the listing and this.
  if (code === 0 || stderr.includes('No such process')) return;
  refused.add(`${vmm}: ${stderr.trim().replaceAll(/\d+/g, 'N')}`);
}
