// SPDX-License-Identifier: GPL-2.0-only
/** What a machine behind ssh owes the lab, over a real sshd; and one clear error for each way in which there is none. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { ssh } from '../../src/machines/ssh/ssh.ts';
import { HOST1 } from '../../src/model/place.ts';
import { LAB_DIR } from '../../src/system/namespaces.ts';
import { identify, isAlive } from '../../src/system/process-identity.ts';
import { kindContract } from '../support/machine-contract.ts';
import { needs } from '../support/needs.ts';
import { type OtherMachine, openOtherMachine } from '../support/other-machine/other-machine.ts';

const signal = AbortSignal.timeout(300_000);
const SKIP = needs('root', 'linux', 'sshd');

describe('a machine behind ssh', { skip: SKIP }, () => {
  let other: OtherMachine;
  before(async () => {
    other = await openOtherMachine({ number: 1 });
  });
  after(() => other?.[Symbol.asyncDispose]());
  const options = () => ({ host: other.name, config: other.config });

  describe('as every kind of machine', () =>
    kindContract({ kind: ssh, folder: LAB_DIR, seenFolder: LAB_DIR, options }));

  const open = (id: string, more: Record<string, unknown> = {}) =>
    ssh.open({
      id: `ssh-${process.pid}-${id}`,
      ...{ options: { ...options(), ...more }, signal, logPath: (name) => join(other.folder, name) },
    });
  /** What our stays leave behind, there and here. */
  const leftOvers = () => [
    ...readdirSync(tmpdir()).filter((name) => /^hoplab-(ssh-|\w{8}$)/.test(name)),
    ...other.on('ls', '/run/netns').split('\n').filter(Boolean),
  ];

  it('leaves nothing there or here when it is closed', async () => {
    const before = leftOvers();
    const machine = await open('closed');
    assert.notDeepEqual(leftOvers(), before);
    await machine[Symbol.asyncDispose]();
    assert.deepEqual(leftOvers(), before);
  });

  it('whose host key has changed is refused, with its reason', async () => {
    const config = join(other.folder, 'changed_config');
    const known = join(other.folder, 'changed_known');
    const another = other.on('cat', join(other.folder, 'another.pub')).trim();
    writeFileSync(known, `${other.address} ${another}\n`);
    writeFileSync(
      config,
      `${other.on('cat', other.config).replace(/^UserKnownHostsFile.*$/m, `UserKnownHostsFile ${known}`)}\n`,
    );
    await assert.rejects(open('changed', { config }), {
      code: 'MACHINE_REFUSED',
      message: /reach other1 by ssh: its host key has changed/,
      hint: /ssh-keygen -R/,
    });
  });
});

describe('another machine that does not let us in', { skip: SKIP }, () => {
  let other: OtherMachine;
  before(async () => {
    other = await openOtherMachine({ number: 2, user: 'guest' });
  });
  after(() => other?.[Symbol.asyncDispose]());
  const open = (more: Record<string, unknown> = {}) =>
    ssh.open({
      id: `refused-${process.pid}`,
      ...{ options: { host: other.name, config: other.config, ...more }, signal, logPath: (name) => name },
    });
  const configWith = (name: string, from: RegExp, to: string): string => {
    const config = join(other.folder, name);
    writeFileSync(config, `${readFileSync(other.config, 'utf8').replace(from, to)}\n`);
    return config;
  };

  it('has no root for a user without sudo', () =>
    assert.rejects(open(), { code: 'MACHINE_REFUSED', message: /become root on other2: sudo -n/, hint: /sudoers/ }));

  it('does not know the key', () =>
    assert.rejects(open({ config: configWith('key_config', /\/user$/m, '/another') }), {
      code: 'MACHINE_REFUSED',
      message: /takes no key .*Permission denied/,
      hint: /BatchMode=yes/,
    }));

  it('has no server, or no name', async () => {
    const refused = { code: 'MACHINE_REFUSED', message: /no ssh server answers there: .*refused/ };
    await assert.rejects(open({ config: configWith('port_config', /^User /m, 'Port 9\nUser ') }), refused);
    await assert.rejects(open({ host: 'no-such-name.invalid' }), { code: 'MACHINE_REFUSED', message: /no such name/ });
  });
});

describe('another machine with a fault', { skip: SKIP }, () => {
  let other: OtherMachine;
  before(async () => {
    other = await openOtherMachine({ number: 3 });
  });
  after(() => other?.[Symbol.asyncDispose]());
  const open = (more: Record<string, unknown> = {}) =>
    ssh.open({
      id: `fault-${process.pid}`,
      options: { host: other.name, config: other.config, ...more },
      ...{ signal, logPath: (name) => join(other.folder, name) },
    });

  it('whose disk is full says so, and has nothing of ours', async () => {
    const full = join(other.folder, 'full');
    other.on('mkdir', full);
    other.on('mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', full);
    await assert.rejects(open({ scratch: full }), {
      code: 'MACHINE_REFUSED',
      message: /copy our tools to other3: .*No space left on device/,
      hint: /scratch/,
    });
    assert.equal(other.on('ls', '-A', full), '');
  });

  it('on which nothing may be run from the folder says so', async () => {
    const inert = join(other.folder, 'inert');
    other.on('mkdir', inert);
    other.on('mount', '-t', 'tmpfs', '-o', 'noexec', 'tmpfs', inert);
    await assert.rejects(open({ scratch: inert }), {
      code: 'MACHINE_REFUSED',
      message: /Permission denied/,
      hint: /noexec/,
    });
    assert.equal(other.on('ls', '-A', inert), '');
  });

  it('that is cut off in the middle is gone, ends what ran there, and has nothing of ours', async () => {
    const scratch = join(other.folder, 'scratch');
    other.on('mkdir', scratch);
    await using machine = await open({ scratch });
    for (const { on, do: argv } of ssh.place(HOST1)) await machine.run(argv, { on, signal });
    const running = await machine.start({ name: 'sleeper', argv: ['sleep', '1000'], on: HOST1, signal });
    const identity = await identify(await running.pid());
    assert.ok(identity !== null);
    for (const pid of other.sessions()) process.kill(pid, 'SIGKILL');
    await assert.rejects(machine.run(['true'], { on: HOST1, signal }), {
      code: 'MACHINE_GONE',
      message: /other3's agent is out of reach/,
    });
    const isGone = async () => !(await isAlive(identity)) && other.on('ls', '-A', scratch) === '';
    for (let waited = 0; waited < 5000 && !(await isGone()); waited += 50) await delay(50);
    assert.ok(await isGone());
  });
});
