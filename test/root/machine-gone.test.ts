// SPDX-License-Identifier: GPL-2.0-only
/** Another machine that dies under a run: one clear error, the finished blocks kept, both ends as they were, nothing left. */
// @alone
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { silentProgress } from '../../src/cli/progress.ts';
import type { Progress } from '../../src/model/progress.ts';
import { listRuns } from '../../src/run-store/list-runs.ts';
import { readRun } from '../../src/run-store/read-run.ts';
import { needs } from '../support/needs.ts';
import { openTwoMachines, type TwoMachines } from '../support/other-machine/two-machines.ts';

const SKIP = needs('root', 'linux', 'sshd');
/** Longer than a keeper takes to see that its line is cut, and to give back. */
const GIVEN_BACK_MS = 10_000;

const controlFolders = () => readdirSync(tmpdir()).filter((name) => name.startsWith('hoplab-ssh-'));

describe('another machine that dies under a run', { skip: SKIP, timeout: 300_000 }, () => {
  const signal = AbortSignal.timeout(280_000);
  let two: TwoMachines;
  before(async () => {
    two = await openTwoMachines(5, signal);
  });
  after(() => two?.[Symbol.asyncDispose]());

  /** Calls `act` once, when so many blocks are there. */
  const onceThereAre = (blocks: number, act: () => void): Progress => {
    let done = 0;
    return {
      ...silentProgress,
      async measure(_block, work) {
        const result = await work();
        if (++done === blocks) act();
        return result;
      },
    };
  };
  const settled = async (wanted: readonly string[]) => {
    const deadline = performance.now() + GIVEN_BACK_MS;
    while (performance.now() < deadline) {
      const same = (() => {
        try {
          return JSON.stringify(two.state()) === JSON.stringify(wanted);
        } catch {
          return false; // on its way from one namespace to the other
        }
      })();
      if (same) break;
      await delay(100);
    }
    assert.deepEqual(two.state(), wanted);
  };
  const ends = async (progress: Progress) => {
    const was = two.state();
    const folders = controlFolders();
    await assert.rejects(two.run({ progress }), (error: { code?: string; message: string; suppressed?: unknown }) => {
      assert.equal(error.code, 'MACHINE_GONE', `${error.message} ${String(error.suppressed)}`);
      assert.match(error.message, /other5/);
      return true;
    });
    // Whatever the other machine can see of it, this one is as it was.
    assert.deepEqual(two.state().slice(0, 3), was.slice(0, 3));
    await settled(was);
    assert.deepEqual(controlFolders(), folders);
    const [last] = await listRuns(two.runs);
    assert.ok(last);
    const { blocks, header } = await readRun(join(two.runs, last.id));
    assert.equal(header.state, 'failed');
    assert.equal(blocks.length, 1);
  };

  it('by the death of its session', () =>
    ends(
      onceThereAre(1, () => {
        for (const pid of two.other.sessions()) process.kill(pid, 'SIGKILL');
      }),
    ));
});
