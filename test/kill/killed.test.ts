// SPDX-License-Identifier: GPL-2.0-only
/** SIGKILL at every stage of a run: the kernel takes the lab down, gc says what was left, finished blocks stay. */
// @first 3
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Report } from '../../src/model/result.ts';
import { type ListedRun, listRuns } from '../../src/run-store/list-runs.ts';
import { createRandom } from '../../src/stats/random.ts';
import { JOURNAL_ROOT } from '../../src/system/journal.ts';
import { hoplab, killAllHoplabs, startHoplab } from '../support/hoplab.ts';
import { assertAllGone, assertMachineClean, processesMarked } from '../support/live-lab.ts';
import { needs } from '../support/needs.ts';
import { type OwnPlace, openOwnPlace } from '../support/own-place.ts';
import { finishedBlocks, LAST_HOST_BLOCK, RUN_ARGS, stagesOf } from './stages.ts';

const LIMIT_MS = 2000;

describe('SIGKILL', { timeout: 1_200_000, skip: needs('root', 'linux') }, () => {
  let root: string;
  /** Any hoplab command on this machine collects dead labs: those of another place are out of its reach. */
  let place: OwnPlace;
  const random = createRandom(7);

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'hoplab-test-'));
    place = await openOwnPlace();
  });
  afterEach(killAllHoplabs);
  after(async () => {
    await place?.[Symbol.asyncDispose]();
    await rm(root, { recursive: true, force: true });
  });

  for (const { name, seen, spreadMs, blocks } of stagesOf('SIGKILL')) {
    it(`${name}: leaves no process after 2 s; gc removes the rest and says so; finished blocks are reported`, async () => {
      const runs = join(root, name.replaceAll(' ', '-'));
      const options = { through: place.through, env: { HOPLAB_RUNS: runs } };
      const running = startHoplab(RUN_ARGS, options);
      await running.until(seen);
      await delay(random.below(spreadMs));
      // The holder's two processes are always there: that the mark finds them shows that it would find a leftover.
      const alive = processesMarked(running.mark).filter(({ pid }) => pid !== running.pid);
      assert.ok(alive.length >= 1, 'no process of the lab was found');
      running.kill('SIGKILL');
      assert.equal((await running.done).signal, 'SIGKILL');
      await assertAllGone(running.mark, LIMIT_MS);

      const [run] = await listRuns(runs);
      assert.ok(run);
      assert.equal(run.state, 'died');
      const finished = finishedBlocks(join(runs, run.id));
      assert.ok(finished >= blocks, `${finished} blocks`);
      await assertCollected(run, place);
      await assertMachineClean(runs, place);
      const listed = await hoplab(['runs'], options);
      assert.match(listed.stdout, new RegExp(`${run.id} .* died `));

      const shown = await hoplab(['report', '--json'], options);
      if (finished === 0) {
        assert.match(shown.stdout, /"NO_DATA"/);
        return;
      }
      assert.equal(shown.code, 0, shown.stdout);
      const report: Report = JSON.parse(shown.stdout);
      const floor = report.probes[0]?.cells.find(({ path }) => path === 'host');
      assert.ok(floor !== undefined && floor.n >= 100 && floor.proven);
    });
  }

  it('after the last block leaves a run that is whole or that died, and can be reported', async () => {
    const runs = join(root, 'last');
    const options = { through: place.through, env: { HOPLAB_RUNS: runs } };
    const running = startHoplab(['run', '--force', '--only', 'host', '--count', '400'], options);
    await running.until(LAST_HOST_BLOCK);
    await delay(random.below(30));
    running.kill('SIGKILL');
    await running.done;
    await assertAllGone(running.mark, LIMIT_MS);
    const [run] = await listRuns(runs);
    assert.ok(run?.state === 'died' || run?.state === 'finished', run?.state);
    const { code, stdout } = await hoplab(['report'], options);
    assert.equal(code, 0);
    assert.match(stdout, /^ {2}host +[34]00 /m);
    await hoplab(['gc'], options);
    await assertMachineClean(runs, place);
  });
});

async function assertCollected({ id }: ListedRun, { through, root }: OwnPlace): Promise<void> {
  const journal = join(JOURNAL_ROOT, id);
  assert.equal(existsSync(join(root, journal)), true);
  const { code, stdout } = await hoplab(['gc'], { through });
  assert.equal(code, 0);
  assert.equal(existsSync(join(root, journal)), false);
  assert.match(stdout, new RegExp(`lab ${id} \\(hoplab run --force`));
  assert.match(stdout, new RegExp(`removed ${journal}`));
}
