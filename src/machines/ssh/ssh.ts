// SPDX-License-Identifier: GPL-2.0-only
/** Machine `ssh`: another machine, reached by the user's own ssh; nothing is installed there, and nothing stays. */
import { HoplabError } from '../../model/errors.ts';
import { expiresAfter } from '../../system/deadline.ts';
import { Journal } from '../../system/journal.ts';
import { Scope } from '../../system/scope.ts';
import { lender } from '../borrow/loan.ts';
import type { MachineKind, OpenMachine, OpenOptions } from '../machine.ts';
import { argvOn } from '../netns/argv.ts';
import { netns } from '../netns/netns.ts';
import { startOver } from '../over-agent.ts';
import { SshConnection } from './connection.ts';
import { knowledgeOver } from './knowledge.ts';
import { journalWord, sshOptions, targetOf } from './options.ts';
import { outsideOver, sessionOf } from './outside.ts';
import { sshMachine } from './ssh-machine.ts';
import { type Visit, visit } from './visit.ts';

const CLOSE_MS = 3000;

export const ssh: MachineKind = {
  kind: 'ssh',
  summary: 'another machine, reached by your own ssh, the host a network namespace of it; nothing is installed there',
  requires: netns.requires,
  options: sshOptions,
  noGuests: 'a VMM is driven by sockets and files of the machine that it is on',
  knows: (options) => knowledgeOver(targetOf(options)),
  place: netns.place,
  show: (argv, { on, ...how }, { host }) => [
    ...(typeof host === 'string' ? ['ssh', host] : []),
    ...argvOn(on, argv, how),
  ],
  open,
};

async function open({ id, options, signal, logPath }: OpenOptions): Promise<OpenMachine> {
  const target = targetOf(options);
  const scope = new Scope();
  try {
    const journal = await Journal.create(`${id}-${journalWord(target.host)}`);
    scope.defer('remove the journal', () => journal.remove());
    const announce = (folder: string) => journal.record({ kind: 'folder', folder });
    const connection = scope.use('end the connection', await SshConnection.open(target, announce));
    const there = scope.use(`leave ${target.host}`, await visit(connection, signal));
    await keepFolder(there, signal);
    const pid = await hold(there, { host: target.host, scope, signal });
    const machine = sshMachine({ visit: there, pid, host: target.host, logPath });
    const outside = outsideOver(there, { host: target.host, pid, session: await sessionOf(connection, signal) });
    return { ...machine, borrow: lender(outside, scope), [Symbol.asyncDispose]: () => scope.close() };
  } catch (error) {
    await scope.close().catch(() => undefined);
    throw error;
  }
}

/** Whatever ends us, or the connection: the folder goes with it. */
async function keepFolder({ agent, folder, tool }: Visit, signal: AbortSignal): Promise<void> {
  await startOver(agent, {
    ...{ name: 'keep-folder', argv: [tool('launch'), 'keep', `${folder}/folder.journal`], signal, line: true },
    ...{ input: `undo rm -rf ${folder}\nready\n`, hint: 'look at its disk' },
  });
}

/** The lab's namespaces there; their pid 1, as seen from outside. They end with the agent at the latest. */
async function hold(
  { agent, tool }: Visit,
  { host, scope, signal }: { readonly host: string; readonly scope: Scope; readonly signal: AbortSignal },
): Promise<number> {
  const holder = await startOver(agent, {
    ...{ name: 'holder', argv: [tool('launch'), 'hold'], signal, line: true },
    hint: `the kernel of ${host} must let root make namespaces`,
  });
  scope.defer('close the namespaces there', () =>
    holder.end({ signal: expiresAfter(CLOSE_MS), timeoutMs: CLOSE_MS }).catch(ignoreGone),
  );
  const pid = Number(/^ready (\d+)$/.exec(holder.ready)?.[1]);
  if (pid > 0) return pid;
  throw new HoplabError({ code: 'LAB_FAILED', message: `open the lab's namespaces on ${host}: got "${holder.ready}"` });
}

/** What was on a machine that is cut off ended with the line. */
function ignoreGone(error: unknown): void {
  if (!(error instanceof HoplabError && error.code === 'MACHINE_GONE')) throw error;
}
