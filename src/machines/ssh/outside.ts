// SPDX-License-Identifier: GPL-2.0-only
/** Another machine beside the lab that is on it: what a lab borrows is there. */
import { HoplabError } from '../../model/errors.ts';
import { expiresAfter } from '../../system/deadline.ts';
import type { Outside } from '../borrow/loan.ts';
import { runOver, startOver } from '../over-agent.ts';
import type { SshConnection } from './connection.ts';
import type { Visit } from './visit.ts';

/** Each undo is a command of milliseconds. */
const PAY_MS = 9000;

interface There {
  readonly host: string;
  /** Pid 1 of the lab there. */
  readonly pid: number;
  readonly session: string | null;
}

export function outsideOver({ agent, folder, tool }: Visit, { host, pid, session }: There): Outside {
  let runs = 0;
  return {
    ...{ name: host, session },
    netnsFile: (place) => `/proc/${pid}/root/run/netns/${place}`,
    run: (argv, { signal }) =>
      runOver(agent, { name: `look-${runs++}`, argv, shown: argv, what: `look at ${host}`, signal }),
    async keep(name, lines, signal) {
      const keeper = await startOver(agent, {
        ...{ name, argv: [tool('launch'), 'keep', `${folder}/${name}.journal`], signal, line: true },
        ...{ input: lines.map((line) => `${line}\n`).join(''), hint: `ip link on ${host} shows what it is now` },
      });
      return {
        async [Symbol.asyncDispose]() {
          const { code, said } = await keeper
            .end({ signal: expiresAfter(2 * PAY_MS), timeoutMs: PAY_MS })
            .catch(thereAnyway);
          if (code === 0) return;
          throw new HoplabError({
            code: 'LAB_FAILED',
            message: `${name}: not all that was borrowed on ${host} could be given back: ${said}`,
            hint: `ip link, ip address and ip route show what it is now`,
          });
        },
      };
    },
  };
}

/** On a machine that is cut off the keeper has given back by itself, at the end of its stdin. */
function thereAnyway(error: unknown): { readonly code: number; readonly said: string } {
  if (error instanceof HoplabError && error.code === 'MACHINE_GONE') return { code: 0, said: '' };
  throw error;
}

/** Our address as that machine has it: the other end of our session. */
export async function sessionOf(connection: SshConnection, signal: AbortSignal): Promise<string | null> {
  const options = { what: 'ask for our session', allowFailure: true, signal };
  const { stdout } = await connection.run(['printenv', 'SSH_CONNECTION'], options);
  return stdout.split(' ')[0]?.trim() || null;
}
