// SPDX-License-Identifier: GPL-2.0-only
/** `hoplab bridge`, as a user types it: up, show, fdb, stats, down, pinned and not, and killed at any moment. */
// @first 2
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createRandom } from '../../src/stats/random.ts';
import { run } from '../../src/system/exec.ts';
import { errorOf, hoplab, killAllHoplabs, type Outcome, startHoplab } from '../support/hoplab.ts';
import { assertAllGone } from '../support/live-lab.ts';
import { needs } from '../support/needs.ts';
import { ethernet } from './hopbridge-frames.ts';
import { portsOf, Rig } from './hopbridge-rig.ts';

const ALL = 'ff:ff:ff:ff:ff:ff';
const A = '02:00:00:00:00:0a';
const B = '02:00:00:00:00:0b';
const LIMIT_MS = 2000;
const KILLS = 6;
const signal = AbortSignal.timeout(600_000);

describe('hoplab bridge', { skip: needs('root', 'linux') }, () => {
  let rig: Rig;
  let env: { HOPLAB_BRIDGES: string };
  const bridge = (...words: string[]) => hoplab(['bridge', ...words], { env });
  const start = (...words: string[]) => startHoplab(['bridge', ...words], { env });
  const ports = (...more: string[]) => ['--port', 't0', 't1', 'v0', '--netns', rig.netns, ...more];
  const works = async (...words: string[]): Promise<Outcome> => {
    const outcome = await bridge(...words);
    assert.equal(outcome.code, 0, outcome.stderr + outcome.stdout);
    return outcome;
  };
  const json = async (...words: string[]) => JSON.parse((await works(...words, '--json')).stdout);
  /** All that a bridge could leave changed. */
  const state = async () => {
    const features: string[] = [];
    for (const name of ['t0', 't1', 'v0', 'q0']) features.push(await rig.ns('ethtool', '-k', name));
    return [await rig.ns('ip', '-d', '-j', 'link', 'show'), ...features];
  };
  const records = () => (existsSync(env.HOPLAB_BRIDGES) ? readdirSync(env.HOPLAB_BRIDGES) : []);

  before(async () => {
    rig = await Rig.open({ taps: 2, veths: 1 }, signal);
    env = { HOPLAB_BRIDGES: join(rig.folder, 'bridges') };
  });
  afterEach(killAllHoplabs);
  after(async () => {
    await run(['umount', join(env.HOPLAB_BRIDGES, '.bpf')], { signal, allowFailure: true });
    await rig?.[Symbol.asyncDispose]();
  });

  it('forwards while it is up, says how each port is attached, and ends with ctrl-C, all as it was', async () => {
    const before = await state();
    const up = start('up', 'lan', ...ports());
    await up.until(/takes redirects\n(.*\n){3}/);
    assert.deepEqual(portsOf(await rig.exchange(0, ethernet(ALL, A))), [1, 2]);
    const shown = await works('show', 'lan');
    assert.match(shown.stdout, /^bridge lan in \/run\/netns\/\S+, held by process \d+ \(hoplab bridge up lan /);
    assert.match(shown.stdout, /^t0 +native +tun +1500 +1\/1 +yes$/m);
    assert.match(shown.stdout, /^note: v0: tagged frames from its far end|^v0 +native +veth/m);
    const { bridges } = await json('show');
    assert.deepEqual(
      bridges.map(({ name, state: how, record }: Record<string, { ports: string[] }>) => [name, how, record?.ports]),
      [['lan', 'up', ['t0', 't1', 'v0']]],
    );
    up.kill('SIGINT');
    const { code, stdout } = await up.done;
    assert.equal(code, 0);
    assert.match(stdout, /^bridge lan is up \(ctrl-C takes it down\)\n\nport +mode/);
    assert.deepEqual(records(), []);
    assert.deepEqual(portsOf(await rig.exchange(0, ethernet(ALL, A))), []);
    assert.deepEqual(await state(), before);
    assert.match((await bridge('show')).stderr, /^no bridge is up; hoplab bridge up NAME/m);
  });

  it('speaks of addresses in the words of bridge(8)', async () => {
    const up = start('up', 'lan', ...ports('--vlan', 't0=access:10', '--vlan', 't1=trunk:10,20'));
    await up.until(/takes redirects/);
    await rig.exchange(0, ethernet(ALL, A));
    assert.match((await works('fdb')).stdout, /^02:00:00:00:00:0a dev t0 vlan 10 master lan used \d+s\n$/);
    assert.equal((await works('fdb', 'add', B, 'dev', 't1', 'vlan', '20')).stdout, '');
    assert.deepEqual(await json('fdb', 'show', 'dev', 't1', 'br', 'lan'), {
      bridge: 'lan',
      fdb: [{ mac: B, vlan: 20, port: 't1', static: true }],
    });
    assert.match(
      (await works('fdb', 'show', 'dev', 't1')).stdout,
      /^02:00:00:00:00:0b dev t1 vlan 20 master lan static\n$/,
    );
    await works('fdb', 'del', B, 'vlan', '20');
    assert.equal((await works('fdb', 'flush', 'dev', 't0')).stdout, '1 flushed\n');
    assert.deepEqual((await json('fdb', 'show')).fdb, []);
    for (const [words, message] of [
      [['fdb', 'add', '02:00:00:00:00', 'dev', 't1'], /needs the MAC address/],
      [['fdb', 'add', B, 'dev', 't9'], /dev t9: no such port/],
      [['fdb', 'add', B, 'dev', 't1', 'vlan', '4095'], /vlan 4095: no such/],
      [['fdb', 'del', B], /no such address/],
    ] as const) {
      const { code, message: said } = errorOf(await bridge(...words));
      assert.equal(code, 'BRIDGE_FAILED');
      assert.match(said, message);
    }
    assert.equal(errorOf(await bridge('fdb', 'frobnicate')).code, 'USAGE');
    await works('down', 'lan');
    assert.equal((await up.done).code, 0);
  });

  it('counts by port and reason, once and every second', async () => {
    const up = start('up', 'lan', ...ports('--allow', `t0=${A}`, '--mode', 'tc'));
    await up.until(/takes redirects/);
    await rig.exchange(0, ethernet(ALL, B));
    await rig.exchange(0, ethernet(ALL, A));
    const { stdout } = await works('stats', 'lan');
    assert.match(stdout, /^t0 +tc +2 +0 +1 +0 +0 +0 +1$/m);
    assert.match(stdout, /^dropped from t0: 1 packets: spoofed$/m);
    assert.match(stdout, /^fdb: 1 of 4096 addresses; 1 learned, 0 evicted$/m);
    assert.equal((await json('stats')).ports[0].counters.drop_spoofed.packets, 1);

    const watch = start('stats', 'lan', '--watch');
    await watch.until(/packets\/s/);
    for (let i = 0; i < 50; i++) rig.send(0, ethernet(B, A));
    await watch.until(/^t0 +[1-9]\d+ /m);
    watch.kill('SIGINT');
    assert.equal((await watch.done).code, 0);
    await rig.arrived();
    up.kill('SIGTERM');
    assert.equal((await up.done).code, 0);
  });

  it('goes on after the command has ended when it is pinned, until it is taken down', async () => {
    const before = await state();
    const up = await works('up', 'lan', ...ports('--pin', '--fdb-size', '64', '--ageing', '60'));
    assert.match(up.stdout, /^bridge lan is up \(pinned at \/\S+\/lan: hoplab bridge down lan\)/);
    await works('show');
    const { collected } = JSON.parse((await hoplab(['gc', '--json'], { env })).stdout);
    assert.equal(
      collected.some(({ kind }: { kind: string }) => kind === 'bridge'),
      false,
    );
    assert.deepEqual(portsOf(await rig.exchange(0, ethernet(ALL, A))), [1, 2]);
    assert.match((await works('show', 'lan')).stdout, /, pinned at .*\n\nport .*\nt0 +native/);
    assert.match((await works('stats', 'lan')).stdout, /^fdb: 1 of 64 addresses/m);
    await works('fdb', 'add', B, 'dev', 't1');
    assert.equal((await json('fdb', 'show', 'br', 'lan')).fdb.length, 2);
    const second = errorOf(await bridge('up', 'lan', '--port', 't0', 't1', '--netns', rig.netns));
    assert.deepEqual([second.code, second.hint], ['BRIDGE_EXISTS', 'hoplab bridge down lan']);
    const other = errorOf(await bridge('up', 'wan', '--port', 't0', 't1', '--netns', rig.netns));
    assert.equal(other.code, 'BRIDGE_REFUSED');
    assert.match(
      other.message,
      /port t0 carries an XDP program already: id \d+, "hopbridge_xdp", pinned at .*\/lan\/link_/,
    );
    assert.deepEqual(
      records().filter((name) => !name.startsWith('.')),
      ['lan'],
    );
    await works('down', 'lan');
    assert.deepEqual(records(), []);
    assert.deepEqual(await state(), before);
    assert.equal(errorOf(await bridge('down', 'lan')).code, 'BRIDGE_NOT_FOUND');
  });

  it('wants to know which bridge is meant when there are two', async () => {
    await rig.ns('ip', 'link', 'add', 'e0', 'type', 'veth', 'peer', 'name', 'e1');
    await works('up', 'one', '--port', 't0', 'v0', '--netns', rig.netns, '--pin');
    const two = start('up', 'two', '--port', 't1', 'e0', '--netns', rig.netns);
    await two.until(/takes redirects/);
    assert.match(errorOf(await bridge('fdb')).message, /more than one bridge is up \(one, two\)/);
    assert.equal((await json('fdb', 'show', 'br', 'two')).bridge, 'two');
    await works('down', 'two');
    await works('down', 'one');
    assert.equal((await two.done).code, 0);
    await rig.ns('ip', 'link', 'del', 'e0');
    assert.deepEqual(records(), []);
  });

  it('says what is wrong and what to type, with nothing changed', async () => {
    const before = await state();
    const cases = [
      [['--port', 't0', 'nosuch0'], 'BRIDGE_REFUSED', /port nosuch0 no such device/, /ip link/],
      [['--port', 't0', 't1', '--mode', 'native', '--vlan', 't0=access:0'], 'USAGE', /VLAN "0"/, /up --help/],
      [['--port', 't0', 't0'], 'USAGE', /named twice/, /up --help/],
      [['--port', 't0', 't1', '--allow', 't0=02:00:00:00:00:zz'], 'USAGE', /no MAC address/, /up --help/],
      [['--port', 't0', 't1', '--storm', 't0=0'], 'USAGE', /--storm/, /up --help/],
      [['--port', 't0', 'v0', '--peer-netns', 'v0=nosuch'], 'BRIDGE_REFUSED', /its far end is not in/, /ip netns list/],
    ] as const;
    for (const [words, code, message, hint] of cases) {
      const error = errorOf(await bridge('up', 'lan', ...words, '--netns', rig.netns));
      assert.equal(error.code, code, error.message);
      assert.match(error.message, message);
      assert.match(error.hint, code === 'USAGE' ? /hoplab bridge/ : hint);
    }
    assert.equal(errorOf(await bridge('up', 'lan', '--port', 't0', 't1', '--netns', 'nosuch')).code, 'BRIDGE_REFUSED');
    await rig.ns('ip', 'addr', 'add', '192.0.2.9/24', 'dev', 'v0');
    const { hint } = errorOf(await bridge('up', 'lan', '--port', 't0', 'v0', '--netns', rig.netns));
    assert.equal(hint, 'choose a device without an address, or --force');
    await works('up', 'lan', '--port', 't0', 'v0', '--netns', rig.netns, '--force', '--pin');
    await works('down', 'lan');
    await rig.ns('ip', 'addr', 'flush', 'dev', 'v0');
    assert.deepEqual(records(), []);
    assert.deepEqual(await state(), before);
  });

  it('ends with an error when its loader is killed, and the kernel has detached it', async () => {
    const before = await state();
    const up = start('up', 'lan', ...ports());
    await up.until(/takes redirects/);
    const { stdout } = await run(['pgrep', '-P', String(up.pid), 'hoplab-bridge'], { signal });
    process.kill(Number(stdout), 'SIGKILL');
    const outcome = await up.done;
    assert.equal(outcome.code, 1);
    assert.match(errorOf(outcome).message, /its loader ended with SIGKILL; the kernel detached it/);
    assert.deepEqual(records(), []);
    assert.deepEqual(await state(), before);
  });

  for (const pinned of [false, true])
    it(`leaves nothing when its owner is killed at any moment, ${pinned ? 'pinned' : 'in the foreground'}`, async () => {
      const random = createRandom(pinned ? 11 : 12);
      const before = await state();
      for (let i = 0; i < KILLS; i++) {
        const up = start('up', 'lan', ...ports(...(pinned ? ['--pin'] : [])));
        // The record comes first: from then on there is something to leave behind.
        const record = join(env.HOPLAB_BRIDGES, 'lan', 'record.json');
        for (const until = Date.now() + 30_000; !existsSync(record); await delay(1))
          assert.ok(Date.now() < until, 'it writes no record');
        await delay(random.below(120));
        up.kill('SIGKILL');
        const { stdout } = await up.done;
        await assertAllGone(up.mark, LIMIT_MS);
        const gc = await hoplab(['gc'], { env });
        assert.equal(gc.code, 0, gc.stderr);
        if (records().length > 0) {
          // It was whole: pinned bridges are no garbage.
          assert.ok(pinned, stdout);
          assert.match(await readFile(join(env.HOPLAB_BRIDGES, 'lan', 'record.json'), 'utf8'), /"phase": "pinned"/);
          await works('down', 'lan');
        } else {
          assert.match(gc.stdout, /^bridge lan \(hoplab bridge up lan .*\):\n {2}/m);
        }
        assert.deepEqual(records(), []);
        assert.deepEqual(await state(), before);
      }
    });

  it('is dead to everyone when its record is damaged, and gc removes that', async () => {
    const up = start('up', 'lan', ...ports());
    await up.until(/takes redirects/);
    up.kill('SIGKILL');
    await up.done;
    const folder = join(env.HOPLAB_BRIDGES, 'lan');
    await writeFile(join(folder, 'record.json'), '{"name": "lan", "pha');
    await run(['touch', '-d', '1 minute ago', folder], { signal });
    assert.match((await hoplab(['gc'], { env })).stdout, /^bridge lan/m);
    assert.deepEqual(records(), []);
  });
});
