// SPDX-License-Identifier: GPL-2.0-only
/** A limit in time ends its work whatever the collector of garbage takes meanwhile. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { deadlineAfter } from '../../../src/system/deadline.ts';

const DAY_MS = 86_400_000;

it('a deadline aborts, also where garbage is collected before', async () => {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  using deadline = deadlineAfter(100, new AbortController().signal);
  const aborted = once(deadline.signal, 'abort');
  for (let i = 0; i < 5; i++) {
    collect();
    await delay(1);
  }
  await aborted;
  assert.equal(deadline.signal.reason.name, 'TimeoutError');
});

it('a deadline passes on what cancels its work, and nothing once it is disposed of', () => {
  const work = new AbortController();
  const early = deadlineAfter(DAY_MS, work.signal);
  early[Symbol.dispose]();
  using deadline = deadlineAfter(DAY_MS, work.signal);
  work.abort(new Error('cancelled'));
  assert.match(String(deadline.signal.reason), /cancelled/);
  assert.equal(early.signal.aborted, false);
  using late = deadlineAfter(DAY_MS, work.signal);
  assert.equal(late.signal.aborted, true);
});
