// SPDX-License-Identifier: GPL-2.0-only
/** What another machine tells before it is opened, over ssh, a command or two for each question; nothing is changed there. */
import { randomBytes } from 'node:crypto';
import type { LoadState } from '../../model/environment.ts';
import type { Requirement, RequirementStatus } from '../../model/requirement.ts';
import { parseTicks } from '../../system/facts.ts';
import { Journal } from '../../system/journal.ts';
import { probeRequirements, requirementKey } from '../../system/requirements.ts';
import { Scope } from '../../system/scope.ts';
import type { Knowledge } from '../machine.ts';
import { admit } from './admission.ts';
import { SshConnection } from './connection.ts';
import { readEnvironment, readFiles } from './environment.ts';
import { journalWord, type SshTarget } from './options.ts';

/** Those in which root's shell looks. */
const FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

export function knowledgeOver(target: SshTarget): Knowledge {
  const asking = async <T>(work: (connection: SshConnection) => Promise<T>): Promise<T> => {
    await using scope = new Scope();
    const announce = await announcer(target, scope);
    return await work(scope.use('end the connection', await SshConnection.open(target, announce)));
  };
  return {
    facts: (signal) =>
      asking(async (connection) => {
        const { arch, cpus, isolatedCpus } = await readFiles(connection, signal);
        // No VMM is started over ssh.
        return { arch, cpus, isolatedCpus, vhostNet: false };
      }),

    probe: (requirements, { signal, guestKernel }) =>
      asking(async (connection) => {
        await admit(connection, signal);
        const different = new Map(requirements.map((requirement) => [requirementKey(requirement), requirement]));
        return Promise.all(
          [...different.values()].map(async (requirement) => {
            // Our own files are copied from here.
            if (requirement.kind !== 'artifact') return look(connection, requirement, signal);
            const [here] = await probeRequirements([requirement], { signal, guestKernel });
            return here ?? { requirement, met: false, found: 'not looked for', hint: '' };
          }),
        );
      }),

    environment: (signal) => asking((connection) => readEnvironment(connection, signal)),
    load: (signal) => asking((connection) => readLoad(connection, signal)),
  };
}

/** The folder of a connection is in a journal of its own, so that gc finds it; only root keeps journals. */
async function announcer({ host }: SshTarget, scope: Scope): Promise<(folder: string) => Promise<void>> {
  if (process.getuid?.() !== 0) return async () => undefined;
  const journal = await Journal.create(`ask-${journalWord(host)}-${randomBytes(6).toString('hex')}`);
  scope.defer('remove the journal', () => journal.remove());
  return (folder) => journal.record({ kind: 'folder', folder });
}

async function look(
  connection: SshConnection,
  requirement: Requirement,
  signal: AbortSignal,
): Promise<RequirementStatus> {
  const { host } = connection.target;
  switch (requirement.kind) {
    case 'linux':
    case 'root':
      return { requirement, met: true, found: `${host} lets us in`, hint: '' };
    case 'tool': {
      const paths = FOLDERS.map((folder) => `${folder}/${requirement.name}`);
      const [path] = await thereOf(connection, paths, signal);
      const found = path === undefined ? `not found on ${host}` : `${path} on ${host}`;
      const hint = path === undefined ? `on ${host}: install ${requirement.package}` : '';
      return { requirement, met: path !== undefined, found, hint };
    }
    case 'device': {
      const met = (await thereOf(connection, [requirement.path], signal)).length > 0;
      return { requirement, met, found: `${met ? '' : 'not '}there on ${host}`, hint: met ? '' : 'needs its driver' };
    }
    default:
      return { requirement, met: false, found: `is not looked for on ${host}, over ssh`, hint: 'choose another wire' };
  }
}

async function thereOf(
  connection: SshConnection,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const options = { what: `look at ${connection.target.host}`, allowFailure: true, signal };
  const { stdout } = await connection.run(['stat', '-c', '%n', '--', ...paths], options);
  return stdout.split('\n').filter((line) => line !== '');
}

async function readLoad(connection: SshConnection, signal: AbortSignal): Promise<LoadState> {
  const what = `read the load of ${connection.target.host}`;
  const { stdout } = await connection.run(['cat', '/proc/loadavg', '/proc/stat'], { what, signal });
  return { load1: Number.parseFloat(stdout) || 0, ...parseTicks(stdout) };
}
