// SPDX-License-Identifier: GPL-2.0-only
/** A limit in time ends its work whatever the collector of garbage takes meanwhile. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { deadlineAfter, deadlineFactor, setDeadlines, withDeadline } from '../../../src/system/deadline.ts';
import { run } from '../../../src/system/exec.ts';
import { projectRoot } from '../../../src/system/paths.ts';
import { Scope } from '../../../src/system/scope.ts';
import { startService } from '../../../src/system/service.ts';

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

afterEach(() => {
  delete process.env.HOPLAB_DEADLINES;
});

it('every deadline is multiplied by one setting, and says how long it was', async () => {
  const { signal } = new AbortController();
  process.env.HOPLAB_DEADLINES = 'x4';
  const never = new Promise<never>(() => undefined);
  const expired = (ms: number) => new Error(`after ${ms} ms`);
  await assert.rejects(withDeadline(never, { signal, timeoutMs: 10, expired }), /after 40 ms/);
  using deadline = deadlineAfter(10, signal);
  const sleep = ['sleep', '60'];
  await assert.rejects(run(sleep, { signal, timeoutMs: 25 }), /did not end within 100 ms/);
  assert.match(String(deadline.signal.reason), /longer than 40 ms/);
  const late = startService(sleep, { name: 'sleep', signal, logFile: null, ready: () => false, readyTimeoutMs: 25 });
  await assert.rejects(late, /not ready after 100 ms/);
  const scope = new Scope(10);
  scope.defer('wait', () => never);
  await assert.rejects(scope.close(), /did not end within 40 ms/);
});

it('the setting is x1 to x1000, and anything else is one error that says so', () => {
  const factor = (text: string) => deadlineFactor({ HOPLAB_DEADLINES: text });
  assert.equal(deadlineFactor({}), 1);
  assert.deepEqual(['', 'x1', 'x2.5', 'x1000'].map(factor), [1, 1, 2.5, 1000]);
  for (const text of ['10', 'x0', 'x0.5', 'x1001', 'x', 'x-2', 'x1e3', ' x2', 'twice', 'xNaN'])
    assert.throws(() => factor(text), { code: 'USAGE', message: new RegExp(`x1 to x1000.*"${text}"`) });
});

it('no source has a limit of its own beside it', () => {
  const sources = join(projectRoot, 'src');
  const names = readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const own = names.filter((name) => /AbortSignal\.timeout\(\w/.test(readFileSync(join(sources, name), 'utf8')));
  assert.deepEqual(own, ['system/deadline.ts']);
});

it('an option without a factor is refused, and an empty variable is none', () => {
  for (const text of ['', '2', 'x0', 'x-1', 'abc']) assert.throws(() => setDeadlines(text), { code: 'USAGE' });
  assert.equal(deadlineFactor({ HOPLAB_DEADLINES: '' }), 1);
});
