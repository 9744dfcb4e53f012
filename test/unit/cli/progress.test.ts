// SPDX-License-Identifier: GPL-2.0-only
/** Progress: what is shown while a run works, and the silence while it measures. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createProgress } from '../../../src/cli/progress.ts';
import type { BlockUnderWay } from '../../../src/model/progress.ts';

const COLUMNS = 100;

const BLOCK: BlockUnderWay = {
  ...{ title: 'tcp-rr, draw 2 of 4: ovs against tap', number: 12, of: 40, leftMs: 48_200 },
  soFar: 'p50 in us: host 28.0, tap 180, ovs 316',
};

function recorder(terminal: boolean, width = COLUMNS) {
  const writes: string[] = [];
  return {
    writes,
    progress: createProgress({ terminal, columns: () => width, write: (text) => void writes.push(text) }),
  };
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
    await progress.measure(BLOCK, async () => undefined);
    assert.equal(result, 7);
    assert.equal(
      untimed(writes),
      'open the lab ...\n  attach ... T\n  vhost off\nopen the lab: T\n12/40 tcp-rr, draw 2 of 4: ovs against tap, about 50 s left ... T\n',
    );
  });

  it('breaks them on a dumb terminal, and keeps the time left', async () => {
    const { writes, progress } = recorder(false, 60);
    await progress.step('overview', async () => {
      progress.note('a note of so many words that it takes more than one line of sixty columns');
      await progress.measure(BLOCK, async () => undefined);
    });
    const lines = writes.join('').split('\n');
    assert.ok(
      lines.every((line) => line.length <= 60),
      writes.join(''),
    );
    assert.match(writes.join('').replaceAll(/\s+/g, ' '), /tap, about 50 s left \.\.\. /);
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
      progress.measure(BLOCK, async () => {
        const before = writes.length;
        await delay(600);
        assert.equal(writes.length, before);
      }),
    );
    const [, newline, line, ...after] = writes;
    assert.equal(newline, '\n');
    assert.match(line ?? '', /^ {2}\[#+-+\] 12\/40/);
    assert.equal(untimed(after), '\r\x1b[Koverview: T\n');
  });

  it('has one live line for all blocks, with a bar, the time left and the medians so far, within the terminal', async () => {
    const { writes, progress } = recorder(true);
    await progress.measure({ ...BLOCK, number: 1, soFar: '' }, async () => undefined);
    await progress.measure(BLOCK, async () => undefined);
    progress.note('the guest died');
    await progress.measure({ ...BLOCK, number: 13 }, async () => undefined);
    progress.endBlocks();
    const [first = '', second = '', third = ''] = writes.filter((text) => text.startsWith('['));
    assert.equal(first, '[----------] 1/40, about 50 s left; tcp-rr, draw 2 of 4: ovs against tap');
    assert.match(
      second,
      /^\[#{2}-{8}\] 12\/40, about 50 s left; p50 in us: host 28\.0, tap 180, ovs 316; tcp-rr, draw/,
    );
    assert.ok(second.length < COLUMNS && second.endsWith('...'), second);
    assert.match(third, /^\[#{3}-/);
    const lines = writes
      .join('')
      .split('\n')
      .map((line) => line.split('\r\x1b[K').at(-1) ?? '');
    assert.equal(untimed([lines.join('\n')]), 'the guest died\n3 blocks: T\n');
  });

  it('leaves no line open and says nothing of blocks where none was measured', () => {
    const { writes, progress } = recorder(true);
    progress.endBlocks();
    assert.deepEqual(writes, []);
  });
});
