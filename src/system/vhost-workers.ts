// SPDX-License-Identifier: GPL-2.0-only
/** The threads in which vhost carries the packets of a process. From Linux 6.4 they are threads of that process. */
import { readdir, readFile } from 'node:fs/promises';
import { parseStat } from './threads.ts';

/** The parent of all kernel threads. */
const KTHREADD = 2;

export interface VhostKernelThread {
  readonly tid: number;
  readonly name: string;
}

/** Whether a thread of a process is one that the kernel made there for vhost (Linux 6.4 and later). */
export function isVhostName(name: string): boolean {
  return /^vhost-\d+$/.test(name);
}

/**
 * Before Linux 6.4 vhost works in kernel threads outside of the process that it works for, with that process's number in
 * their names. One is taken only if a kernel thread has that name and began after the process: an older one is of a
 * process that had the same number before. The names carry numbers of the machine's first pid namespace; in a container
 * with its own numbers no kernel thread is to be seen, and none is found.
 */
export async function findVhostKernelThreads(pid: number, proc = '/proc'): Promise<VhostKernelThread[]> {
  const stat = async (of: number) =>
    parseStat(await readFile(`${proc}/${of}/stat`, 'utf8').catch(() => '0 () ? 0 0 0 0 0 0'));
  if ((await stat(KTHREADD)).name !== 'kthreadd') return [];
  const { startTicks: owner } = await stat(pid);
  const numbers = (await readdir(proc)).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    numbers.map(async (tid) => {
      const { name, parent, startTicks } = await stat(tid);
      return name === `vhost-${pid}` && parent === KTHREADD && startTicks >= owner ? [{ tid, name }] : [];
    }),
  );
  return found.flat().sort((a, b) => a.tid - b.tid);
}
