// SPDX-License-Identifier: GPL-2.0-only
/** ctrl-C at every stage of a run: exit 130, finished cells kept, nothing left on the machine. */
// @first 3
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Report } from '../../src/model/result.ts';
import { listRuns } from '../../src/run-store/list-runs.ts';
import { createRandom } from '../../src/stats/random.ts';
import { hoplab, killAllHoplabs, startHoplab } from '../support/hoplab.ts';
import { assertAllGone, assertMachineClean, labOf } from '../support/live-lab.ts';
import { needs } from '../support/needs.ts';
import { startWatch } from '../support/unstalled.ts';
import { finishedBlocks, LAST_HOST_BLOCK, RUN_ARGS, stagesOf } from './stages.ts';

/** From the signal to the end of the process, on a machine that has a CPU for it. */
const LIMIT_MS = 3000;

describe('ctrl-C', { timeout: 1_200_000, skip: needs('root', 'linux') }, () => {
  let root: string;
  const random = createRandom(20_260_302);

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'hoplab-test-'));
  });
  afterEach(killAllHoplabs);
  after(() => rm(root, { recursive: true, force: true }));

  for (const { name, seen, spreadMs, blocks } of stagesOf('SIGINT')) {
    it(`${name}: ends the run with 130 within 3 s, keeps what is finished and leaves nothing`, async (t) => {
      const runs = join(root, name.replaceAll(' ', '-'));
      const env = { HOPLAB_RUNS: runs };
      const running = startHoplab(RUN_ARGS, { env });
      await running.until(seen);
      await delay(random.below(spreadMs));
      const passed = startWatch();
      running.kill('SIGINT');
      const outcome = await running.done;
      const ms = passed();
      t.diagnostic(`${ms.toFixed(0)} ms from the signal to the end`);
      assert.equal(outcome.code, 130, outcome.stderr);
      assert.ok(ms < LIMIT_MS, `${ms} ms`);
      await assertAllGone(running.mark);
      await assertMachineClean(runs);
      const [run] = await listRuns(runs);
      assert.equal(run?.state, 'interrupted');
      const finished = finishedBlocks(join(runs, run.id));
      assert.ok(finished >= blocks, `${finished} blocks`);

      const shown = await hoplab(['report', 'latest', '--json'], { env });
      if (finished === 0) {
        assert.equal(shown.code, 1);
        assert.match(shown.stdout, /"NO_DATA"/);
        assert.match(outcome.stderr, /error INTERRUPTED: .*before its first block/);
      } else {
        assert.equal(shown.code, 0, shown.stderr);
        const report: Report = JSON.parse(shown.stdout);
        const measured = report.probes.flatMap(({ cells }) => cells);
        assert.ok(measured.length >= 1);
        for (const { n, lost, proven } of measured) assert.ok(n > 0 && lost === 0 && proven);
        assert.match(outcome.stdout, /^ {2}host /m, 'the table of what is finished is printed');
      }
    });
  }

  it('twice: ends at once, and gc finishes the job', async () => {
    const runs = join(root, 'twice');
    const running = startHoplab(RUN_ARGS, { env: { HOPLAB_RUNS: runs } });
    await running.until(/boot guest 0/);
    await delay(300);
    running.kill('SIGINT');
    // Two signals at one moment are one signal.
    await running.until(/SIGINT: cleaning up; once more ends at once/);
    const passed = startWatch();
    running.kill('SIGINT');
    const { code } = await running.done;
    const ms = passed();
    assert.equal(code, 130);
    // The first one alone may take its 3 s.
    assert.ok(ms < 1500, `${ms} ms`);
    await assertAllGone(running.mark, 2000);
    await hoplab(['gc']);
    await assertMachineClean(runs);
  });

  it('while the guest hangs in a block: does not wait for it', async () => {
    const runs = join(root, 'hangs');
    const running = startHoplab([...RUN_ARGS, '--direction', 'host1-to-guest'], { env: { HOPLAB_RUNS: runs } });
    const lab = await labOf(running.pid);
    await running.until(/paced, round 1 of \d: tap.* \.\.\./);
    process.kill((await lab.process(/^qemu-system/)).pid, 'SIGSTOP');
    await delay(100);
    const passed = startWatch();
    running.kill('SIGINT');
    const { code } = await running.done;
    const ms = passed();
    assert.equal(code, 130);
    assert.ok(ms < LIMIT_MS, `${ms} ms`);
    await assertAllGone(running.mark);
    await assertMachineClean(runs);
  });

  it('when the last block is done, ends the run as finished or as interrupted, and nothing between', async () => {
    const runs = join(root, 'last');
    const running = startHoplab(['run', '--force', '--only', 'host', '--count', '400', '--seed', '3'], {
      env: { HOPLAB_RUNS: runs },
    });
    await running.until(LAST_HOST_BLOCK);
    await delay(random.below(30));
    running.kill('SIGINT');
    const { code, stdout, stderr } = await running.done;
    const [run] = await listRuns(runs);
    assert.deepEqual([code, run?.state], code === 0 ? [0, 'finished'] : [130, 'interrupted'], stderr);
    assert.match(stdout, /^ {2}host +400 /m);
    await assertAllGone(running.mark);
    await assertMachineClean(runs);
  });

  it('before there is anything to interrupt is no error of its own', async () => {
    const running = startHoplab(RUN_ARGS, { env: { HOPLAB_RUNS: join(root, 'early') } });
    await delay(60);
    running.kill('SIGTERM');
    const { code, signal } = await running.done;
    // Before the handler is there the signal itself ends the process.
    assert.ok(code === 130 || signal === 'SIGTERM', `${code} ${signal}`);
    await assertAllGone(running.mark, 2000);
  });
});
