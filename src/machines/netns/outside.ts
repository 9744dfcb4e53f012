// SPDX-License-Identifier: GPL-2.0-only
/** This machine beside the lab that is on it: what a lab borrows is there. */
import { join } from 'node:path';
import { HoplabError } from '../../model/errors.ts';
import { run } from '../../system/exec.ts';
import type { Journal } from '../../system/journal.ts';
import type { LabNamespaces } from '../../system/namespaces.ts';
import { nativeBinary } from '../../system/paths.ts';
import { startService } from '../../system/service.ts';
import type { Outside } from '../borrow/loan.ts';

const NEVER = new AbortController().signal;
/** Each undo is a command of milliseconds. */
const PAY_MS = 9000;

export function outsideOf({
  namespaces,
  journal,
}: {
  readonly namespaces: LabNamespaces;
  readonly journal: Journal;
}): Outside {
  return {
    name: 'this machine',
    // Who works here over ssh: "CLIENT PORT SERVER PORT".
    session: process.env.SSH_CONNECTION?.split(' ')[0] ?? null,
    netnsFile: (place) => `/proc/${namespaces.pid}/root/run/netns/${place}`,
    run: async (argv, options) => (await run(argv, { ...options, what: 'look at this machine' })).stdout,
    async keep(name, lines, signal) {
      signal.throwIfAborted();
      // Its own signal: what it owes is owed whatever interrupts the lab, and only the end of its stdin ends it.
      const keeper = await startService([nativeBinary('launch'), 'keep', join(journal.folder, `${name}.journal`)], {
        ...{ name, signal: NEVER, logFile: null, stdin: lines.map((line) => `${line}\n`).join('') },
        ready: (line) => line === 'ready',
      });
      return {
        async [Symbol.asyncDispose]() {
          keeper.stdin.end();
          const late = setTimeout(() => void keeper.stop(), PAY_MS);
          const { code } = await keeper.exited;
          clearTimeout(late);
          if (code !== 0) throw notPaid(name, keeper.lastLines(5).join(' | '));
        },
      };
    },
  };
}

function notPaid(name: string, said: string): HoplabError {
  return new HoplabError({
    code: 'LAB_FAILED',
    message: `${name}: not all that was borrowed could be given back: ${said}`,
    hint: 'ip link, ip address and ip route show what it is now',
  });
}
