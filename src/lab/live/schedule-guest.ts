/** Places QEMU's threads: vCPUs on the guest's CPU, everything else on the host's, under SCHED_FIFO where granted. */
import { readdir, readFile } from 'node:fs/promises';
import type { Placement } from '../../model/plan.ts';
import { run } from '../../system/exec.ts';
import type { Guest } from '../../vmms/boot.ts';

/** Returns what was refused, a line each; empty when all was granted. */
export async function scheduleGuest(guest: Guest, placement: Placement, signal: AbortSignal): Promise<string[]> {
  const { guestCpu, hostCpu, fifoPriority } = placement;
  const vcpus = await guest.vcpuThreadIds(signal);
  const threads = await readThreads(await qemuPid(guest.service.pid));
  const refused = new Set<string>();
  for (const { pid, innerPid } of threads) {
    const vcpu = vcpus.indexOf(innerPid);
    // A second vCPU on the first one's CPU would make it wait: only the first is where the client runs.
    const cpu = vcpu === 0 ? guestCpu : hostCpu;
    await attempt(['taskset', '-c', '-p', String(cpu), String(pid)], refused, signal);
    // The main loop does the virtio work of TX and RX: it must not wait for a vCPU that spins.
    const priority = vcpu >= 0 ? fifoPriority : fifoPriority + 1;
    if (fifoPriority > 0) await attempt(['chrt', '-f', '-p', String(priority), String(pid)], refused, signal);
  }
  return [...refused];
}

async function attempt(argv: readonly string[], refused: Set<string>, signal: AbortSignal): Promise<void> {
  const { code, stderr } = await run(argv, { signal, allowFailure: true, what: "place QEMU's threads" });
  // A worker thread may end between the listing and this.
  if (code === 0 || stderr.includes('No such process')) return;
  refused.add(`QEMU: ${stderr.trim().replaceAll(/\d+/g, 'N')}`);
}

/** The launcher stays outside the lab's pid namespace; QEMU is its only child. */
export async function qemuPid(launcher: number): Promise<number> {
  const children = (await readFile(`/proc/${launcher}/task/${launcher}/children`, 'utf8')).trim().split(' ');
  return Number(children[0]);
}

/** The threads of a process, as seen from outside and from its own pid namespace. */
export async function readThreads(pid: number): Promise<{ pid: number; innerPid: number }[]> {
  const threads = await readdir(`/proc/${pid}/task`);
  const found = await Promise.all(
    threads.map(async (thread) => {
      const status = await readFile(`/proc/${pid}/task/${thread}/status`, 'utf8').catch(() => '');
      const numbers = /^NSpid:(.*)$/m.exec(status)?.[1]?.trim().split(/\s+/) ?? [];
      return { pid: Number(thread), innerPid: Number(numbers.at(-1) ?? thread) };
    }),
  );
  return found;
}
