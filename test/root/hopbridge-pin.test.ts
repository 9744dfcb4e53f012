// SPDX-License-Identifier: GPL-2.0-only
/** A pinned bridge goes on without a process, is found again, and leaves every device as it was. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { run } from '../../src/system/exec.ts';
import { nativeBinary } from '../../src/system/paths.ts';
import { startService } from '../../src/system/service.ts';
import { needs } from '../support/needs.ts';
import { ethernet } from './hopbridge-frames.ts';
import { type BridgeStats, portsOf, Rig } from './hopbridge-rig.ts';

const ALL = 'ff:ff:ff:ff:ff:ff';
const A = '02:00:00:00:00:0a';
const B = '02:00:00:00:00:0b';
const signal = AbortSignal.timeout(600_000);

describe('a pinned bridge', { skip: needs('root', 'linux') }, () => {
  let rig: Rig;
  let bpffs: string;
  let folder: string;
  const inside = (...argv: string[]) => ['nsenter', `--net=/run/netns/${rig.netns}`, nativeBinary('bridge'), ...argv];
  const up = async (...lines: string[]) => {
    const argv = inside(...[...lines, `pin ${folder}`].flatMap((line) => ['--line', line]));
    return run(argv, { signal, allowFailure: true });
  };
  const ask = async (...commands: string[]): Promise<unknown[]> => {
    const { stdout } = await run(inside('pinned', folder), { signal, input: `${commands.join('\n')}\n` });
    const [ready = '', ...answers] = stdout.trimEnd().split('\n');
    assert.match(ready, /^ready /);
    return answers.map((line) => JSON.parse(line));
  };
  /** All that a bridge could leave changed. */
  const state = async () => {
    const links = JSON.parse(await rig.ns('ip', '-d', '-j', 'link', 'show')) as Record<string, unknown>[];
    const names = links.map(({ ifname }) => String(ifname)).filter((name) => /^[tvqd]\d/.test(name));
    const features: string[] = [];
    for (const name of names) features.push(await rig.ns('ethtool', '-k', name));
    return { links, features };
  };

  before(async () => {
    rig = await Rig.open({ taps: 2, veths: 1 }, signal);
    bpffs = join(rig.folder, 'bpf');
    folder = join(bpffs, 'hoplab', 'lan');
    await mkdir(bpffs);
    await run(['mount', '-t', 'bpf', 'bpf', bpffs], { signal });
    // Neither tap nor veth: a port that must be made promiscuous, as a physical one.
    await rig.ns('ip', 'link', 'add', 'link', 'q0', 'name', 'd0', 'type', 'macvlan');
    await rig.ns('ip', 'link', 'set', 'd0', 'up');
  });
  after(async () => {
    await run([nativeBinary('bridge'), 'down', folder], { signal, allowFailure: true });
    await run(['umount', bpffs], { signal, allowFailure: true });
    await rig?.[Symbol.asyncDispose]();
  });

  for (const mode of ['native', 'generic', 'tc'] as const)
    it(`forwards when its loader has ended, keeps what it learned, and leaves all as it was, in mode ${mode}`, async () => {
      const before = await state();
      const { code, stdout } = await up(...['t0', 't1', 'v0'].map((port) => `port ${port} mode=${mode}`), 'watch on');
      assert.equal(code, 0, stdout);
      assert.match(stdout, /^ready \{.*\}\n$/);
      assert.deepEqual(portsOf(await rig.exchange(0, ethernet(ALL, A))), [1, 2]);
      assert.deepEqual(portsOf(await rig.exchange(1, ethernet(A, B))), [0]);
      const [stats, fdb, seen] = (await ask('stats', 'fdb', 'frames')) as [
        BridgeStats,
        { fdb: { mac: string; port: string }[] },
        { frames: { way: string }[] },
      ];
      assert.deepEqual(
        stats.ports.map(({ port, counters }) => [port, counters.received?.packets]),
        [
          ['t0', 1],
          ['t1', 1],
          ['v0', 0],
        ],
      );
      assert.deepEqual(fdb.fdb.map(({ mac, port }) => [mac, port]).sort(), [
        [A, 't0'],
        [B, 't1'],
      ]);
      assert.deepEqual(
        seen.frames.map(({ way }) => way),
        ['in', 'out', 'out', 'in', 'out'],
      );
      assert.deepEqual(await ask('fdb flush dev t0', 'fdb add 02:00:00:00:00:0c dev v0'), [
        { flushed: 1 },
        { added: 1 },
      ]);
      const [later] = (await ask('stats')) as [BridgeStats];
      assert.deepEqual(later.fdb, { entries: 1, size: 4096, learned: 2, evicted: 0 });
      assert.deepEqual(portsOf(await rig.exchange(0, ethernet('02:00:00:00:00:0c', A))), [2]);
      assert.deepEqual(await ask('down'), [{ down: true }]);
      assert.equal(existsSync(join(bpffs, 'hoplab')), false);
      assert.deepEqual(portsOf(await rig.exchange(0, ethernet(ALL, A))), []);
      assert.deepEqual(await state(), before);
    });

  it('is served at a socket by a process that may end', async () => {
    assert.equal((await up('port t0', 'port t1')).code, 0);
    const socket = join(rig.folder, 'pinned.sock');
    {
      await using server = await startService(inside('pinned', folder, '--line', `socket ${socket}`), {
        name: 'server',
        signal,
        logFile: null,
        ready: (line) => line.startsWith('ready '),
      });
      const { stdout } = await run([nativeBinary('bridge'), 'ask', socket, 'programs'], { signal });
      assert.match(stdout, /hopbridge_xdp/);
      process.kill(server.pid, 'SIGKILL');
    }
    assert.deepEqual(portsOf(await rig.exchange(0, ethernet(ALL, A))), [1]);
    await ask('down');
  });

  it('makes a port promiscuous that must be, and takes it back unless it was so before', async () => {
    const promiscuous = async () => /PROMISC/.test(await rig.ns('ip', 'link', 'show', 'd0'));
    for (const was of [false, true]) {
      await rig.ns('ip', 'link', 'set', 'd0', 'promisc', was ? 'on' : 'off');
      const before = await state();
      const { code, stdout } = await up('port t0', 'port d0 mode=tc');
      assert.equal(code, 0, stdout);
      assert.equal(await promiscuous(), true);
      const { code: elsewhere, stderr } = await run([nativeBinary('bridge'), 'down', folder], {
        signal,
        allowFailure: true,
      });
      if (was) {
        assert.equal(elsewhere, 0, stderr);
      } else {
        assert.equal(elsewhere, 1);
        assert.match(stderr, /another network namespace, and d0/);
        await ask('down');
      }
      assert.equal(await promiscuous(), was);
      assert.deepEqual(await state(), before);
    }
    await rig.ns('ip', 'link', 'set', 'd0', 'promisc', 'off');
  });

  it('is refused where it cannot be, with nothing left of it', async () => {
    const reason = async (...lines: string[]) => {
      const { stdout } = await run(inside(...lines.flatMap((line) => ['--line', line])), {
        signal,
        allowFailure: true,
      });
      return JSON.parse(stdout.slice('refused '.length)).reason as string;
    };
    const before = await state();
    assert.equal(await reason('port t0', 'port t1', `pin ${rig.folder}/plain/lan`), 'pin');
    assert.equal(existsSync(`${rig.folder}/plain`), false);
    assert.equal(await reason('port t0', 'port t1', `pin ${folder}`, 'socket /tmp/never'), 'plan');
    assert.equal(await reason('port t0', 'port t1', 'pin relative'), 'plan');
    // Refused after some of it was pinned: the far end is not where it was said to be.
    assert.equal(await reason('port t0', 'port v0 peer-netns=/proc/1/ns/net', `pin ${folder}`), 'peer-netns');
    assert.equal(existsSync(join(bpffs, 'hoplab')), false);
    assert.equal((await up('port t0', 'port t1')).code, 0);
    assert.equal(await reason('port d0', 'port v0', `pin ${folder}`), 'pin');
    assert.deepEqual(portsOf(await rig.exchange(0, ethernet(ALL, A))), [1]);
    await ask('down');
    assert.deepEqual(await state(), before);
  });

  it('can be taken down when its namespace is gone, and when half of it was pinned', async () => {
    const netns = `${rig.netns}-short`;
    await run(['ip', 'netns', 'add', netns], { signal });
    await run(['ip', '-n', netns, 'link', 'add', 'p0', 'type', 'veth', 'peer', 'name', 'p1'], { signal });
    const argv = ['nsenter', `--net=/run/netns/${netns}`, nativeBinary('bridge')];
    await run([...argv, ...['port p0', 'port p1', `pin ${folder}`].flatMap((line) => ['--line', line])], { signal });
    await run(['ip', 'netns', 'del', netns], { signal });
    await run([nativeBinary('bridge'), 'down', folder], { signal });
    assert.equal(existsSync(join(bpffs, 'hoplab')), false);

    for (const pause of [2, 10, 20, 40, 60, 80]) {
      const before = await state();
      const lines = ['port t0', 'port v0', 'port d0 mode=tc', `pin ${folder}`];
      await using loader = await startService(inside(...lines.flatMap((line) => ['--line', line])), {
        name: 'loader',
        signal,
        logFile: null,
      });
      await new Promise((resolve) => setTimeout(resolve, pause));
      if (loader.running) process.kill(loader.pid, 'SIGKILL');
      await loader.exited;
      if (existsSync(folder)) await run(inside('down', folder), { signal });
      assert.equal(existsSync(folder), false);
      assert.deepEqual(await state(), before, `killed after ${pause} ms`);
    }
  });
});
