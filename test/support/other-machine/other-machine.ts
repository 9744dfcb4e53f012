// SPDX-License-Identifier: GPL-2.0-only
/** Another machine of this kernel: a network namespace with a veth pair to ours, in which Debian's own sshd runs. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Scope } from '../../../src/system/scope.ts';
import { startService } from '../../../src/system/service.ts';

export interface OtherMachine extends AsyncDisposable {
  /** What `ssh -F config` knows it by. */
  readonly name: string;
  /** An ssh_config that gets in. */
  readonly config: string;
  /** The namespace, as ip-netns(8) names it. */
  readonly netns: string;
  /** Our end of the cable that carries the session, and its own. */
  readonly cable: { readonly ours: string; readonly its: string };
  /** Its address on that cable. */
  readonly address: string;
  /** A folder of the test's, which it sees too. */
  readonly folder: string;
  /** Runs a command there, beside ssh. */
  on(...argv: readonly string[]): string;
  /** The processes of sshd that serve a connection: their death is that of the line. */
  sessions(): number[];
}

interface OtherMachineOptions {
  /** Tells it from others of one test, 1 to 99. */
  readonly number: number;
  /** Log in as nobody that root has heard of, without sudo. */
  readonly user?: 'root' | 'guest';
}

const ip = (...words: readonly string[]) => execFileSync('ip', words, { encoding: 'utf8', stdio: 'pipe' });

export async function openOtherMachine({ number, user = 'root' }: OtherMachineOptions): Promise<OtherMachine> {
  const tag = `${process.pid % 10_000}x${number}`;
  const netns = `other-${tag}`;
  const cable = { ours: `hb${tag}`, its: `ob${tag}` };
  const subnet = `10.${100 + (process.pid % 100)}.${number}`;
  const scope = new Scope();
  const folder = mkdtempSync(join(tmpdir(), 'hoplab-other-'));
  chmodSync(folder, 0o755);
  scope.defer('remove the folder', async () => rmSync(folder, { recursive: true, force: true }));
  try {
    ip('netns', 'add', netns);
    scope.defer('remove the namespace', async () => ip('netns', 'del', netns));
    ip('link', 'add', cable.ours, 'type', 'veth', 'peer', 'name', cable.its, 'netns', netns);
    ip('address', 'add', `${subnet}.1/24`, 'dev', cable.ours);
    ip('link', 'set', cable.ours, 'up');
    for (const words of [
      ['link', 'set', 'lo', 'up'],
      ['address', 'add', `${subnet}.2/24`, 'dev', cable.its],
      ['link', 'set', cable.its, 'up'],
    ])
      ip('-n', netns, ...words);
    const file = (name: string, text: string, mode = 0o644) => {
      writeFileSync(join(folder, name), text, { mode });
      return join(folder, name);
    };
    for (const key of ['host', 'user', 'another'])
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, key)]);
    const publicKey = (key: string) => readFileSync(join(folder, `${key}.pub`), 'utf8').trim();
    file('authorized', `${publicKey('user')}\n`);
    file('known', `${subnet}.2 ${publicKey('host')}\n`);
    // Whatever root's shell does here when it starts is no part of a test.
    const users = readFileSync('/etc/passwd', 'utf8').replace(/^root:.*$/m, 'root:x:0:0:root:/:/bin/sh');
    file('passwd', `${users}guest:x:61234:61234::/:/bin/sh\n`);
    file('shadow', `${readFileSync('/etc/shadow', 'utf8')}guest:*:19000:0:99999:7:::\n`, 0o600);
    mkdirSync(join(folder, 'run'));
    const sshd = [
      ...[`ListenAddress ${subnet}.2`, `HostKey ${folder}/host`, `AuthorizedKeysFile ${folder}/authorized`],
      ...['UsePAM no', 'StrictModes no', 'PermitRootLogin prohibit-password', 'PasswordAuthentication no'],
      ...['KbdInteractiveAuthentication no', 'PidFile none', 'MaxStartups 100'],
    ];
    const serving = file('sshd_config', `${sshd.join('\n')}\n`);
    // Its own /run and users; what sshd's package would have made of them.
    const script =
      'mount -t tmpfs tmpfs /run && mkdir /run/sshd /run/netns && mount --bind "$1/passwd" /etc/passwd && ' +
      'mount --bind "$1/shadow" /etc/shadow && exec "$2" -D -e -f "$3"';
    const inside = [
      'setpriv',
      '--pdeathsig',
      'KILL',
      'ip',
      'netns',
      'exec',
      netns,
      'unshare',
      '-m',
      'sh',
      '-c',
      script,
      'sh',
    ];
    const service = await startService([...inside, folder, '/usr/sbin/sshd', serving], {
      ...{ name: 'sshd', signal: new AbortController().signal, logFile: null },
      ready: (line) => line.includes('Server listening'),
    });
    scope.use('sshd', service);
    const config = file(
      'ssh_config',
      [
        `Host other${number}`,
        `HostName ${subnet}.2`,
        `User ${user}`,
        `IdentityFile ${folder}/user`,
        'IdentitiesOnly yes',
        `UserKnownHostsFile ${folder}/known`,
        'GlobalKnownHostsFile /dev/null',
        'StrictHostKeyChecking yes',
      ].join('\n'),
    );
    return {
      ...{ name: `other${number}`, config, netns, cable, folder, address: `${subnet}.2` },
      on: (...argv) =>
        execFileSync('nsenter', ['-t', `${service.pid}`, '-m', '-n', '--', ...argv], { encoding: 'utf8' }),
      sessions: () => childrenOf(service.pid),
      [Symbol.asyncDispose]: () => scope.close(),
    };
  } catch (error) {
    await scope.close();
    throw error;
  }
}

function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}
