// SPDX-License-Identifier: GPL-2.0-only
/** hoplab as the init of a container, which inherits orphans and never reaps them: it ends all the same. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { killAllHoplabs, startHoplab } from '../support/hoplab.ts';
import { assertAllGone, processesMarked } from '../support/live-lab.ts';
import { needs } from '../support/needs.ts';
import { startWatch } from '../support/unstalled.ts';

/** Own pids, own /proc, own /run: as `docker run IMAGE hoplab run` has them. */
const CONTAINER = [
  ...['unshare', '--pid', '--fork', '--kill-child', '--mount-proc', 'sh', '-c'],
  ...['mount -t tmpfs none /run && exec "$@"', 'sh'],
] as const;
const ARGS = ['run', '--force', '--quick', '--only', 'host,tap', '--accel', 'tcg', '--count', '200'] as const;

describe('hoplab as pid 1', { timeout: 600_000, skip: needs('root', 'linux') }, () => {
  let runs: string;

  before(async () => {
    runs = await mkdtemp(join(tmpdir(), 'hoplab-test-'));
  });
  after(async () => {
    killAllHoplabs();
    await rm(runs, { recursive: true, force: true });
  });

  const start = () =>
    startHoplab([...ARGS, '--probe', 'tcp_rr,pace=10ms'], { through: CONTAINER, env: { HOPLAB_RUNS: runs } });

  it('ends within 3 s of a ctrl-C while a guest boots', async () => {
    const running = start();
    await running.until(/boot guest 0/);
    await delay(500);
    const init = Number(readFileSync(`/proc/${running.pid}/task/${running.pid}/children`, 'utf8'));
    const passed = startWatch();
    process.kill(init, 'SIGINT');
    const { code, stderr } = await running.done;
    const ms = passed();
    assert.equal(code, 130, stderr);
    assert.ok(ms < 3000, `${ms} ms`);
    await assertAllGone(running.mark);
  });

  it('finishes its run although a guest was killed together with its launcher', async () => {
    const running = start();
    // They are there before the block, which begins as soon as they have booted: nothing is to be looked for within it.
    await running.until(/boot guest 0 .*\.\.\. [\d.]+ s/);
    const victims = processesMarked(running.mark).filter(({ command }) =>
      /^\S*(hoplab-launch enter .*)?qemu-system/.test(command),
    );
    assert.equal(victims.length, 2, JSON.stringify(victims));
    await running.until(/tcp-rr-10ms, round 1 of \d: tap.* \.\.\./);
    for (const { pid } of victims.sort((a, b) => a.pid - b.pid)) process.kill(pid, 'SIGKILL');
    const { code, stderr, stdout } = await running.done;
    assert.equal(code, 3, stderr);
    assert.match(stdout, /^ {2}host +200 /m);
    assert.match(stdout, /^ {2}tap +150 /m);
    await assertAllGone(running.mark);
  });
});
