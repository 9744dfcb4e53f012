// SPDX-License-Identifier: GPL-2.0-only
/** A machine that lacks something, for real: the tool, the device, the room, or the leave to measure. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { TUN_DEVICE } from '../../src/backends/common.ts';
import { usualBackends } from '../../src/backends/index.ts';
import type { Report } from '../../src/model/result.ts';
import { errorOf, hoplab, killAllHoplabs, startHoplab } from '../support/hoplab.ts';
import { assertAllGone, assertMachineClean } from '../support/live-lab.ts';
import { needs } from '../support/needs.ts';
import { openOwnPlace } from '../support/own-place.ts';

const QEMU = '/usr/bin/qemu-system-x86_64';
const QUICK = ['run', '--force', '--quick', '--probe', 'tcp_rr', '--count', '100'] as const;

describe('a machine', { timeout: 600_000, skip: needs('root', 'linux') }, () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hoplab-test-'));
  });
  afterEach(killAllHoplabs);
  after(() => rm(folder, { recursive: true, force: true }));

  /** The child gets a mount namespace of its own, so that nobody else misses what is hidden. */
  const behind = (mount: string) => ['unshare', '--mount', 'sh', '-c', `${mount} && exec "$@"`, 'sh'];

  describe('without QEMU', () => {
    const hidden = () => behind(`mount --bind ${join(folder, 'empty')} ${realpathSync(QEMU)}`);
    before(() => writeFile(join(folder, 'empty'), '', { mode: 0o644 }));

    it('refuses a path that was named, and says how to get it', async () => {
      const outcome = await hoplab([...QUICK, '--only', 'tap'], { through: hidden() });
      assert.equal(outcome.code, 1);
      const error = errorOf(outcome);
      assert.equal(error.code, 'REQUIREMENT_MISSING');
      assert.match(error.message, /path tap \(tap\) needs qemu-system-x86_64 >= 7\.2 \(not found on PATH\)/);
      assert.match(error.hint, /install.* qemu-system-x86/);
    });

    it('measures host by default, and lists the others with the reason', async () => {
      const outcome = await hoplab([...QUICK, '--json'], { through: hidden(), env: { HOPLAB_RUNS: folder } });
      assert.equal(outcome.code, 0, outcome.stderr + outcome.stdout);
      const report: Report = JSON.parse(outcome.stdout);
      assert.deepEqual(
        report.unavailable.map(({ path }) => path),
        usualBackends.filter(({ guest }) => guest).map(({ kind }) => kind),
      );
      for (const { reason, hint } of report.unavailable) {
        assert.match(reason, /qemu-system-x86_64/);
        assert.match(hint, /qemu-system-x86/);
      }
      assert.deepEqual(
        report.probes.flatMap(({ cells }) => cells.map(({ path, n }) => [path, n])),
        [['host', 100]],
      );
    });
  });

  it('with a QEMU that is too old says which version it has and which it needs', async () => {
    const tools = join(folder, 'tools');
    await mkdir(tools);
    await writeFile(join(tools, 'qemu-system-x86_64'), '#!/bin/sh\necho "QEMU emulator version 6.0.0"\n');
    await chmod(join(tools, 'qemu-system-x86_64'), 0o755);
    const outcome = await hoplab([...QUICK, '--only', 'user'], { env: { PATH: `${tools}:${process.env.PATH}` } });
    assert.equal(outcome.code, 1);
    const error = errorOf(outcome);
    assert.equal(error.code, 'REQUIREMENT_MISSING');
    assert.match(error.message, /is version 6\.0\.0, and 7\.2 is the lowest that works/);
    assert.match(error.hint, /qemu-system-x86/);
  });

  it('without /dev/net/tun refuses tap, and a plan of everything leaves out those alone that need it', async () => {
    const through = behind('mount -t tmpfs none /dev/net');
    const outcome = await hoplab([...QUICK, '--only', 'tap'], { through });
    assert.equal(outcome.code, 1);
    const error = errorOf(outcome);
    assert.equal(error.code, 'REQUIREMENT_MISSING');
    assert.match(error.message, /path tap \(tap\) needs \/dev\/net\/tun \(there is no \/dev\/net\/tun\)/);
    assert.match(error.hint, /tun/);
    const plan = await hoplab(['plan'], { through });
    // Without its reference there is nothing to compare with; the other paths are planned.
    assert.equal(plan.code, 0, plan.stderr);
    const needing = usualBackends.filter(({ requires, options }) => requires(options.parse({})).includes(TUN_DEVICE));
    assert.ok(needing.length >= 2 && needing.length < usualBackends.length - 1);
    assert.deepEqual(
      plan.stdout.match(/^# left out: \w+/gm),
      needing.map(({ kind }) => `# left out: ${kind}`),
    );
  });

  it('whose disk is full ends the run with what is kept, and reports that', async () => {
    const disk = join(folder, 'disk');
    await mkdir(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=400k', 'hoplab-test', disk]);
    try {
      const env = { HOPLAB_RUNS: disk };
      const args = ['run', '--force', '--only', 'host', '--probe', 'tcp_rr', '--count', '16000'];
      const running = startHoplab(args, { env });
      const outcome = await running.done;
      assert.equal(outcome.code, 1, outcome.stderr);
      const error = errorOf(outcome);
      assert.equal(error.code, 'DISK_FULL');
      assert.match(
        error.message,
        /write samples\/overview-tcp-rr-\d-host\.hls in .*; [12] finished blocks? (is|are) kept/,
      );
      assert.match(error.hint, /hoplab report .*HOPLAB_RUNS=/);
      await assertAllGone(running.mark);
      await assertMachineClean(disk);
      const shown = await hoplab(['report', 'latest', '--json'], { env });
      assert.equal(shown.code, 0, shown.stdout);
      const report: Report = JSON.parse(shown.stdout);
      assert.ok((report.probes[0]?.cells[0]?.n ?? 0) >= 4000);
    } finally {
      execFileSync('umount', [disk]);
    }
  });

  it('that measures already refuses a second run, and names the first', async () => {
    await using place = await openOwnPlace();
    const options = { through: place.through, env: { HOPLAB_RUNS: folder } };
    /** Holds the lock for a minute, or until it is ended. */
    const startMeasuring = async () => {
      const args = ['run', '--only', 'host', '--probe', 'tcp_rr,pace=10ms', '--count', '6000'];
      const running = startHoplab(args, options);
      await running.until(/tcp-rr-10ms, round 1 of \d: host/);
      return running;
    };
    const first = await startMeasuring();
    const outcome = await hoplab(['run', '--only', 'host'], { ...options, waitForLock: false });
    assert.equal(outcome.code, 1);
    const error = errorOf(outcome);
    assert.equal(error.code, 'MEASURING_BUSY');
    // The owner is called by the file that Node runs: the tests have an entry of their own.
    assert.match(error.message, new RegExp(`pid ${first.pid}, since 20.*: cli-entry.js run --only host`));
    assert.match(error.hint, /--force/);
    first.kill('SIGINT');
    assert.equal((await first.done).code, 130);
    // The lock is gone with its owner, however that ended.
    const second = await startMeasuring();
    second.kill('SIGKILL');
    await second.done;
    const third = await startMeasuring();
    third.kill('SIGINT');
    assert.equal((await third.done).code, 130);
  });
});
