// SPDX-License-Identifier: GPL-2.0-only
/** The bench of the bridge, for real and small: the injector loses and invents no frame, the bench leaves nothing. */
// @first 2
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { BridgeLab, netnsPath } from '../../bench/support/bridge-lab.ts';
import { Injector } from '../../bench/support/injector.ts';
import { run } from '../../src/system/exec.ts';
import { buildNative } from '../../src/system/native-build.ts';
import { projectRoot } from '../../src/system/paths.ts';
import { startService } from '../../src/system/service.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';
import { needs } from '../support/needs.ts';

/** Ended, with all that it has made, when the test's process dies. */
const TETHER = ['setpriv', '--pdeathsig', 'INT', '--'];
const BENCH = [...TETHER, process.execPath, join(projectRoot, 'dist', 'bench', 'bridge.js')];
const SMALL = ['--rounds', '2', '--ms', '50', '--transactions', '400'];
const FRAME_BYTES = 60;
const signal = AbortSignal.timeout(600_000);

async function namespacesOf(pid: number): Promise<string[]> {
  const { stdout } = await run(['ip', 'netns', 'list'], { signal });
  return stdout.split('\n').filter((name) => name.startsWith(`hopbench-${pid}-`));
}

describe('the bench of the bridge', { timeout: 600_000, skip: needs('root', 'linux') }, () => {
  it('has an injector whose every frame arrives once and whole, whatever forwards it', async (context) => {
    await buildNative('bridge', signal);
    const joins = ['direct', 'bridge', 'tc', 'native'] as const;
    const wires = joins.map((join) => ({ name: join, join }));
    await using injector = await Injector.open({ kind: 'xdp', cpu: 0, priority: 0, signal });
    await using lab = await BridgeLab.open({
      ...{ wires, fdbSize: 4096, xdpFrames: true, cpu: 0, priority: 1, folder: temporaryFolder(context), signal },
    });
    for (const name of joins)
      await injector.addWire(
        name,
        { netns: netnsPath(lab.src), device: `s-${name}` },
        { netns: netnsPath(lab.dst), device: `d-${name}` },
      );
    await lab.join();
    for (const name of joins) {
      if (name !== 'direct') await injector.learn(name, 256);
      for (const frames of [1, 33, 20_001]) {
        const { sent, arrived, bytes, ownNs } = await injector.sendFrames(name, 256, frames);
        assert.deepEqual(
          { name, sent, arrived, bytes },
          { name, sent: frames, arrived: frames, bytes: frames * FRAME_BYTES },
        );
        assert.ok(ownNs > 0);
      }
      const { sent, arrived, timedFrames, timedNs } = await injector.sendFor(name, 256, 60);
      assert.equal(arrived, sent);
      assert.ok(timedFrames > sent - 3 * 64 && timedFrames <= sent, `${timedFrames} of ${sent}`);
      assert.ok(timedNs > 5e6, `${timedNs} ns`);
    }
    const { stdout } = await run(['ip', 'netns', 'exec', lab.mid, 'bridge', 'fdb', 'show', 'dev', 'q-bridge'], {
      signal,
    });
    assert.equal(stdout.split('\n').filter((line) => line.startsWith('02:b0:00:00:')).length, 256);
  });

  it('counts as lost what nothing forwards', async (context) => {
    await using injector = await Injector.open({ kind: 'xdp', cpu: 0, priority: 0, signal });
    await using lab = await BridgeLab.open({
      ...{ wires: [{ name: 'cut', join: 'bridge' }], fdbSize: 4096, xdpFrames: true, cpu: 0, priority: 1 },
      ...{ folder: temporaryFolder(context), signal },
    });
    await injector.addWire(
      'cut',
      { netns: netnsPath(lab.src), device: 's-cut' },
      { netns: netnsPath(lab.dst), device: 'd-cut' },
    );
    const { sent, arrived } = await injector.sendFrames('cut', 1, 100);
    assert.deepEqual({ sent, arrived }, { sent: 100, arrived: 0 });
  });

  it('prints a row for each contestant, with its goals', async () => {
    const { stdout } = await run([...BENCH, ...SMALL], { signal, timeoutMs: 300_000 });
    for (const row of ['direct veth', 'Linux bridge', 'hopbridge tc', 'hopbridge native, FDB of 65,536'])
      assert.match(stdout, new RegExp(`^ +${row} +[\\d,]+ k .* 0 of [\\d,]+ k$`, 'm'));
    for (const row of ['Linux bridge', 'hopbridge tc', 'hopbridge native'])
      assert.match(stdout, new RegExp(`^ +${row} +[\\d.]+ +[+-][\\d.]+ \\[`, 'm'));
    assert.match(stdout, /at least 2 x +(met|MISSED)$/m);
  });

  it('ends at ctrl-C with status 130 and takes everything with it', async () => {
    await using bench = await startService([...BENCH, ...SMALL], {
      name: 'bench:bridge',
      signal,
      logFile: null,
      ready: (line) => line.includes('GiB'),
    });
    for (const until = Date.now() + 30_000; (await namespacesOf(bench.pid)).length < 3; )
      assert.ok(Date.now() < until && bench.running, bench.lastLines(5).join('\n'));
    process.kill(bench.pid, 'SIGINT');
    assert.equal((await bench.exited).code, 130, bench.lastLines(5).join('\n'));
    assert.deepEqual(await namespacesOf(bench.pid), []);
  });

  it('refuses to run without root, in one line', async () => {
    const { code, stderr } = await run(['setpriv', '--reuid=65534', '--clear-groups', ...BENCH], {
      signal,
      allowFailure: true,
    });
    assert.equal(code, 1);
    assert.match(stderr, /^bridge: bench the bridge: .*root may\n {2}try: sudo npm run bench:bridge\n$/);
  });
});
