// SPDX-License-Identifier: GPL-2.0-only
/**
 * A network, names of network namespaces and a /run/hoplab for the commands of one test. The lock of measuring runs is an
 * abstract socket, which only those in the same network see: here nobody else on the machine holds it, nor waits for
 * it. All of it goes with the process that holds it, which dies with the test's: nothing is left where a test fails.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const HOLDER = `
set -e
for folder in /run/netns /run/hoplab; do mkdir -p $folder; mount -t tmpfs none $folder; done
ip link set lo up
echo ready
exec sleep infinity
`;

export interface OwnPlace extends AsyncDisposable {
  /** What goes before a command that is to run there. */
  readonly through: readonly string[];
  /** Its root as this process reaches it: before /run/hoplab. */
  readonly root: string;
}

export async function openOwnPlace(): Promise<OwnPlace> {
  const unshare = ['unshare', '--net', '--mount', 'sh', '-c', HOLDER];
  const holder = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...unshare], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(holder, 'exit');
  assert.equal(
    await Promise.race([once(holder.stdout, 'data').then(() => 'ready'), ended.then(() => 'ended')]),
    'ready',
  );
  return {
    root: `/proc/${holder.pid}/root`,
    // Entering a mount namespace leaves a process at its root.
    through: ['sh', '-c', `exec nsenter --target ${holder.pid} --net --mount --wdns="$PWD" -- "$@"`, 'sh'],
    [Symbol.asyncDispose]: async () => {
      holder.kill('SIGKILL');
      await ended;
    },
  };
}
