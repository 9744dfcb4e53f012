// SPDX-License-Identifier: GPL-2.0-only
/** Whether another machine lets hoplab do what a lab needs there: looked at before anything is copied. */
import { machine as ourArch } from 'node:os';
import { HoplabError } from '../../model/errors.ts';
import type { SshConnection } from './connection.ts';

export interface Admission {
  /** What stands before a command that root is to run. */
  readonly asRoot: readonly string[];
}

/** Throws MACHINE_REFUSED for what is no Linux of our architecture, or has no root for us. */
export async function admit(connection: SshConnection, signal: AbortSignal): Promise<Admission> {
  const { host } = connection.target;
  const what = `look at ${host}`;
  const { stdout } = await connection.run(['uname', '-s', '-m'], { what, signal });
  const [system = '', arch = ''] = stdout.trim().split(' ');
  if (system !== 'Linux' || arch !== ourArch()) throw wrongKind(host, system, arch);
  const { stdout: uid } = await connection.run(['id', '-u'], { what, signal });
  if (uid.trim() === '0') return { asRoot: [] };
  const sudo = await connection.run(['sudo', '-n', 'true'], { what, allowFailure: true, signal });
  if (sudo.code !== 0) throw noRoot(host, sudo.stderr.trim() || `sudo ended with status ${sudo.code}`);
  return { asRoot: ['sudo', '-n', '--'] };
}

function noRoot(host: string, said: string): HoplabError {
  return new HoplabError({
    code: 'MACHINE_REFUSED',
    message: `become root on ${host}: sudo -n does not let this user: ${said}`,
    hint: 'log in there as root, or allow it: a line "USER ALL=(root) NOPASSWD: ALL" in a file of /etc/sudoers.d',
  });
}

function wrongKind(host: string, system: string, arch: string): HoplabError {
  return new HoplabError({
    code: 'MACHINE_REFUSED',
    message: `put our tools on ${host}: it is ${system} on ${arch}, and they are built for Linux on ${ourArch()}`,
    hint: 'both machines must be of one architecture',
  });
}
