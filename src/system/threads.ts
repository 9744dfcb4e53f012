// SPDX-License-Identifier: GPL-2.0-only
/** The threads of a process, its children, and how the kernel schedules a thread. */
import { readdir, readFile } from 'node:fs/promises';

/** The child processes of a process's first thread; none where it is gone. */
export async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return text.trim() === '' ? [] : text.trim().split(' ').map(Number);
}

interface ProcessThread {
  /** As seen from outside of its pid namespace. */
  readonly pid: number;
  readonly innerPid: number;
  /** As ps shows it: at most 15 characters. */
  readonly name: string;
}

/** The threads of a process, as seen from outside and from its own pid namespace. */
export async function readThreads(pid: number): Promise<ProcessThread[]> {
  const threads = await readdir(`/proc/${pid}/task`);
  return Promise.all(
    threads.map(async (thread) => {
      const status = await readFile(`/proc/${pid}/task/${thread}/status`, 'utf8').catch(() => '');
      const numbers = /^NSpid:(.*)$/m.exec(status)?.[1]?.trim().split(/\s+/) ?? [];
      const name = /^Name:\t(.*)$/m.exec(status)?.[1] ?? '';
      return { pid: Number(thread), innerPid: Number(numbers.at(-1) ?? thread), name };
    }),
  );
}

/** How the kernel schedules a thread. */
export interface ThreadScheduling {
  /** "fifo:11", "other": as chrt(1) names the classes, with the priority of a real-time one. */
  readonly scheduling: string;
  /** The CPUs that it may run on, as the kernel lists them: "0", "0-3". */
  readonly cpus: string;
}

/** Numbers of sched(7). */
const CLASSES: Readonly<Record<number, string>> = {
  ...{ 0: 'other', 1: 'fifo', 2: 'rr', 3: 'batch', 5: 'idle', 6: 'deadline', 7: 'ext' },
};

/** null = the thread is gone. */
export async function readScheduling(tid: number, proc = '/proc'): Promise<ThreadScheduling | null> {
  try {
    const [stat, status] = await Promise.all(
      ['stat', 'status'].map((name) => readFile(`${proc}/${tid}/${name}`, 'utf8')),
    );
    const { policy, priority } = parseStat(stat ?? '');
    const name = CLASSES[policy] ?? `class ${policy}`;
    return {
      scheduling: priority === 0 ? name : `${name}:${priority}`,
      cpus: /^Cpus_allowed_list:\t(.*)$/m.exec(status ?? '')?.[1] ?? 'unknown',
    };
  } catch {
    return null;
  }
}

interface ThreadStat {
  readonly name: string;
  readonly parent: number;
  /** When it began, in clock ticks since the boot. */
  readonly startTicks: number;
  readonly policy: number;
  /** Of a real-time class; 0 = another class. */
  readonly priority: number;
}

/** /proc/PID/stat (proc(5)): the name stands in parentheses, and may hold some itself. */
export function parseStat(stat: string): ThreadStat {
  const end = stat.lastIndexOf(')');
  const fields = stat.slice(end + 2).split(' ');
  const field = (number: number) => Number(fields[number - 3] ?? Number.NaN);
  return {
    name: stat.slice(stat.indexOf('(') + 1, end),
    parent: field(4),
    startTicks: field(22),
    priority: field(40),
    policy: field(41),
  };
}
