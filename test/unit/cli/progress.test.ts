// SPDX-License-Identifier: GPL-2.0-only
/** Progress: what is shown while a run works, and the silence while it measures. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createProgress } from '../../../src/cli/progress.ts';

function recorder(terminal: boolean) {
  const writes: string[] = [];
  return { writes, progress: createProgress({ terminal, write: (text) => void writes.push(text) }) };
}

const untimed = (writes: readonly string[]) => writes.join('').replace(/\d+\.\d s/g, 'T');

describe('progress in plain lines', () => {
  it('shows each step with its time, nested ones below, and passes the result on', async () => {
    const { writes, progress } = recorder(false);
    const result = await progress.step('open the lab', async () => {
      await progress.step('attach', async () => undefined);
      progress.note('vhost off');
      return 7;
    });
    await progress.measure('block 1', async () => undefined);
    assert.equal(result, 7);
    assert.equal(untimed(writes), 'open the lab ...\n  attach ... T\n  vhost off\nopen the lab: T\nblock 1 ... T\n');
  });

  it('says what failed, and passes the error on', async () => {
    const { writes, progress } = recorder(false);
    const work = progress.step('boot', () => Promise.reject(new Error('no')));
    await assert.rejects(work, /^Error: no$/);
    assert.equal(untimed(writes), 'boot ... failed after T\n');
  });
});

describe('progress on a terminal', () => {
  it('writes the time of a step over its line at most four times a second', async () => {
    const { writes, progress } = recorder(true);
    await progress.step('boot', () => delay(620));
    const ticks = writes.filter((text) => text.startsWith('\r') && text.includes('...'));
    assert.ok(ticks.length >= 1 && ticks.length <= 3, `${ticks.length} in 0.6 s`);
    assert.equal(untimed(writes.slice(-1)), '\r\x1b[Kboot: T\n');
  });

  it('writes nothing between the start and the end of a block, also inside a step', async () => {
    const { writes, progress } = recorder(true);
    await progress.step('overview', () =>
      progress.measure('block 1', async () => {
        const before = writes.length;
        await delay(600);
        assert.equal(writes.length, before);
      }),
    );
    assert.equal(untimed(writes), 'overview ...\n  block 1 ...\r\x1b[K  block 1: T\noverview: T\n');
  });
});
