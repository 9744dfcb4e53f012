// SPDX-License-Identifier: GPL-2.0-only
/** A guest of another architecture: emulated, with tools that were cross-built for it, and measured and diagnosed like any other. */
// @waits
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import type { Report } from '../../src/model/result.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';
import { errorOf, hoplab, killAllHoplabs } from '../support/hoplab.ts';
import { assertMachineClean } from '../support/live-lab.ts';
import { needs } from '../support/needs.ts';
import { timed } from '../support/timed.ts';

const COUNT = 60;
const ELSEWHERE = process.arch === 'x64' ? false : 'aarch64 is this machine: the tests of guests are those of arm64';

describe('a guest of arm64', { timeout: 300_000, skip: needs('root', 'linux') || ELSEWHERE }, () => {
  afterEach(killAllHoplabs);

  it('is measured over a tap and over slirp, and its diagnosis finds nothing', async (context) => {
    const runs = temporaryFolder(context);
    const env = { HOPLAB_RUNS: runs };
    const paths = ['tap', 'user', '--arch', 'aarch64', '--force'];
    const run = await hoplab(['run', ...paths, '--quick', '--count', `${COUNT}`, '--json'], { env });
    assert.equal(run.code, 0, run.stderr);
    const { probes, failed, machine }: Report = JSON.parse(run.stdout);
    assert.deepEqual(failed, []);
    assert.match(machine.guestKernel ?? '', /-arm64$/);
    const cells = probes.flatMap((probe) => probe.cells).map(timed);
    for (const { path, n, lost, proven, p50Ns } of cells) {
      assert.deepEqual({ n, lost, proven }, { n: COUNT, lost: 0, proven: true }, path);
      assert.ok(p50Ns > 20_000 && p50Ns < 500_000_000, `${path}: ${p50Ns} ns`);
    }
    const diagnosis = await hoplab(['diagnose', 'tap', '--arch', 'aarch64', '--force'], { env });
    assert.equal(diagnosis.code, 0, diagnosis.stdout + diagnosis.stderr);
    await assertMachineClean(runs);
  });

  it('is refused with the kernel of another one', async () => {
    const outcome = await hoplab(['run', 'tap', '--arch', 'aarch64', '--kernel', 'host', '--force']);
    assert.equal(outcome.code, 1);
    assert.match(errorOf(outcome).message, /it is for x86_64, the guest is aarch64|there is none of/);
  });
});
