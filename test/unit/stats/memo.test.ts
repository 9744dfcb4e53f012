// SPDX-License-Identifier: GPL-2.0-only
/** A function with a memory: asked once for the same, and bounded. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { memo } from '../../../src/stats/memo.ts';

it('a memory computes the same question once, and forgets when it is full', () => {
  const asked: number[] = [];
  const square = memo(
    (x: number) => {
      asked.push(x);
      return x * x;
    },
    { keyOf: String, most: 2 },
  );
  assert.deepEqual([1, 2, 1, 2].map(square), [1, 4, 1, 4]);
  assert.deepEqual(asked, [1, 2]);
  square(3);
  assert.equal(square(1), 1);
  assert.deepEqual(asked, [1, 2, 3, 1]);
});

it('a memory keeps no failure', () => {
  let tries = 0;
  const fails = memo(
    () => {
      tries += 1;
      throw new RangeError('no');
    },
    { keyOf: () => '', most: 2 },
  );
  for (let i = 0; i < 2; i++) assert.throws(fails, RangeError);
  assert.equal(tries, 2);
});
