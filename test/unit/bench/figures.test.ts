// SPDX-License-Identifier: GPL-2.0-only
/** The benches' own figures: intervals of shares, and a table in which a missed goal cannot be overlooked. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderGoals } from '../../../bench/support/goal-table.ts';
import { wilsonInterval } from '../../../bench/support/numbers.ts';

const close = (actual: number, expected: number) => assert.ok(Math.abs(actual - expected) < 5e-4, `${actual}`);

test('the interval of a share is that of the literature', () => {
  // R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998),
  // table I, method 3.
  for (const [hits, trials, low, high] of [
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ] as const) {
    const interval = wilsonInterval(hits, trials);
    close(interval.low, low);
    close(interval.high, high);
  }
});

test('a goal that is not met is named MISSED on its own line', () => {
  const text = renderGoals('title', [
    { what: 'first', measured: '1 s', goal: 'under 2 s', met: true },
    { what: 'second', measured: '3 s', goal: 'under 2 s', met: false },
    { what: 'third', measured: '5', goal: '', met: null },
  ]);
  assert.match(text, /^ {2}first +1 s +under 2 s {2}met$/m);
  assert.match(text, /^ {2}second +3 s +under 2 s {2}MISSED$/m);
  assert.match(text, /^ {2}third +5$/m);
});
