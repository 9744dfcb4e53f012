// SPDX-License-Identifier: GPL-2.0-only
/** The threads of a process, and its children. */
import { readdir, readFile } from 'node:fs/promises';

/** The child processes of a process's first thread; none where it is gone. */
export async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return text.trim() === '' ? [] : text.trim().split(' ').map(Number);
}

/** The threads of a process, as seen from outside and from its own pid namespace. */
export async function readThreads(pid: number): Promise<{ pid: number; innerPid: number }[]> {
  const threads = await readdir(`/proc/${pid}/task`);
  return Promise.all(
    threads.map(async (thread) => {
      const status = await readFile(`/proc/${pid}/task/${thread}/status`, 'utf8').catch(() => '');
      const numbers = /^NSpid:(.*)$/m.exec(status)?.[1]?.trim().split(/\s+/) ?? [];
      return { pid: Number(thread), innerPid: Number(numbers.at(-1) ?? thread) };
    }),
  );
}
