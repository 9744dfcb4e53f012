// SPDX-License-Identifier: GPL-2.0-only
/** The benches' ratios over rounds: what is common to a round cancels, and the interval is Student's. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differenceOverRounds, ratioOverRounds, renderColumns, show } from '../../../bench/support/ratios.ts';

const close = (actual: number, expected: number) => assert.ok(Math.abs(actual - expected) < 1e-3, `${actual}`);

test('a ratio over rounds does not see what slows a whole round', () => {
  const { value, low, high } = ratioOverRounds([200, 20, 2], [100, 10, 1]);
  for (const bound of [value, low, high]) close(bound, 2);
});

test('the interval of a ratio is that of the logarithms', () => {
  // ln ratios 0, ln 2, ln 4: mean ln 2, standard error ln 2 / sqrt 3; t(0.975, 2) = 4.3027.
  const { value, low, high } = ratioOverRounds([1, 2, 4], [1, 1, 1]);
  close(value, 2);
  close(Math.log(high) - Math.log(value), (4.3027 * Math.LN2) / Math.sqrt(3));
  close(Math.log(value) - Math.log(low), (4.3027 * Math.LN2) / Math.sqrt(3));
});

test('a difference over rounds is taken within each round, and a round that is missing is an error', () => {
  assert.equal(show(differenceOverRounds([110, 210, 310], [100, 200, 300]), 1, true), '+10.0 [+10.0, +10.0]');
  assert.throws(() => differenceOverRounds([1, 2], [1]), RangeError);
});

test('columns of a table are as wide as their widest cell', () => {
  assert.equal(
    renderColumns([
      ['', 'a'],
      ['name', '100'],
    ]),
    '           a\n  name   100',
  );
});
