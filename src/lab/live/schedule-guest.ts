// SPDX-License-Identifier: GPL-2.0-only
/** Places the VMM's threads: vCPUs on the guest's CPU, everything else on the host's, under SCHED_FIFO where granted. */
import type { Placement } from '../../model/plan.ts';
import { run } from '../../system/exec.ts';
import type { Guest } from '../../vmms/boot.ts';

/** Returns what was refused, a line each; empty when all was granted. */
export async function scheduleGuest(guest: Guest, placement: Placement, signal: AbortSignal): Promise<string[]> {
  const { guestCpu, hostCpu, fifoPriority } = placement;
  const refused = new Set<string>();
  for (const { tid, role } of await guest.threads(signal)) {
    // A second vCPU on the first one's CPU would make it wait: only the first is where the client runs.
    const cpu = role.kind === 'vcpu' && role.index === 0 ? guestCpu : hostCpu;
    await attempt(['taskset', '-c', '-p', String(cpu), String(tid)], { refused, vmm: guest.vmm.name, signal });
    // The main loop does the virtio work of TX and RX: it must not wait for a vCPU that spins.
    const priority = role.kind === 'vcpu' ? fifoPriority : fifoPriority + 1;
    if (fifoPriority === 0) continue;
    await attempt(['chrt', '-f', '-p', String(priority), String(tid)], { refused, vmm: guest.vmm.name, signal });
  }
  return [...refused];
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
