// SPDX-License-Identifier: GPL-2.0-only
/** A connection to another machine by the user's own ssh: their configuration, agent and jump hosts; one log-in for all. */
import { randomBytes } from 'node:crypto';
import { chown, mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expiresAfter } from '../../system/deadline.ts';
import { failureError, type RunOptions, run } from '../../system/exec.ts';
import { type Service, startService } from '../../system/service.ts';
import type { SshTarget } from './options.ts';
import { refusalOf } from './refusal.ts';
import { remoteCommand } from './words.ts';

/** ssh's own failures; a command there that ends so is taken for one. */
const SSH_FAILED = 255;
/** The shared connection outlives a hoplab that was killed by so much. */
const PERSIST_S = 30;
const CONNECT_S = 15;
/** A machine that is gone is found out within three of these. */
const ALIVE_S = 5;

interface RemoteOptions extends Pick<RunOptions, 'signal' | 'timeoutMs' | 'input'> {
  readonly what: string;
  /** True: a failure of the command is a result. ssh's own still throws. */
  readonly allowFailure?: boolean;
}

export class SshConnection implements AsyncDisposable {
  readonly target: SshTarget;
  readonly #folder: string;

  private constructor(target: SshTarget, folder: string) {
    this.target = target;
    this.#folder = folder;
  }

  /** Nothing is connected yet. `announce` is told of the folder of its control socket before that is made. */
  static async open(target: SshTarget, announce: (folder: string) => Promise<void>): Promise<SshConnection> {
    const folder = join(tmpdir(), `hoplab-ssh-${randomBytes(6).toString('hex')}`);
    await announce(folder);
    // Throws where it exists: nobody can lay a folder of theirs there first.
    await mkdir(folder, { mode: 0o700 });
    const { uid, gid } = invoker() ?? {};
    if (uid !== undefined && gid !== undefined) await chown(folder, uid, gid);
    return new SshConnection(target, folder);
  }

  /** Runs a command there to its end. Throws MACHINE_REFUSED, COMMAND_FAILED. */
  async run(argv: readonly string[], { allowFailure = false, ...options }: RemoteOptions) {
    const result = await run(this.#argv(remoteCommand(argv)), { ...options, shown: argv, allowFailure: true });
    if (result.code === SSH_FAILED) throw refusalOf(this.target.host, result.stderr);
    if (result.code !== 0 && !allowFailure) throw failureError(result, options.what);
    return result;
  }

  /** Starts a command there whose stdin and stdout are a channel. */
  start(argv: readonly string[], options: { readonly name: string; readonly signal: AbortSignal }): Promise<Service> {
    return startService(this.#argv(remoteCommand(argv)), { ...options, logFile: null, channel: true });
  }

  #argv(command: string): string[] {
    const { host, config } = this.target;
    const { uid, gid } = invoker() ?? {};
    return [
      // Under sudo it is the user's ssh all the same: their keys, their known hosts.
      ...(uid === undefined ? [] : ['setpriv', '--reuid', `${uid}`, '--regid', `${gid}`, '--init-groups', '--']),
      ...['ssh', ...(config === null ? [] : ['-F', config]), '-T', '-o', 'BatchMode=yes', '-o', 'ForwardX11=no'],
      ...['-o', 'ControlMaster=auto', '-o', `ControlPath=${this.#folder}/c`, '-o', `ControlPersist=${PERSIST_S}`],
      ...['-o', `ConnectTimeout=${CONNECT_S}`, '-o', `ServerAliveInterval=${ALIVE_S}`, '-o', 'ServerAliveCountMax=3'],
      ...['--', host, command],
    ];
  }

  /** Ends the shared connection too. */
  async [Symbol.asyncDispose](): Promise<void> {
    const [program = '', ...words] = this.#argv('');
    const at = words.lastIndexOf('--');
    const exit = [program, ...words.slice(0, at), '-O', 'exit', '--', this.target.host];
    const signal = expiresAfter(5000);
    await run(exit, { signal, allowFailure: true }).catch(() => undefined);
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Who typed sudo; null where nobody did. */
function invoker(): { readonly uid: number; readonly gid: number } | null {
  const [uid, gid] = [Number(process.env.SUDO_UID), Number(process.env.SUDO_GID)];
  if (process.getuid?.() !== 0 || !(uid > 0) || !(gid > 0)) return null;
  return { uid, gid };
}
