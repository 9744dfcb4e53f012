// SPDX-License-Identifier: GPL-2.0-only
/** Walsh averages, the Hodges-Lehmann centre and the signed-rank interval against brute force and published data. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hodgesLehmann } from '../../../src/stats/hodges-lehmann.ts';
import { signedRankCritical, signedRankInterval } from '../../../src/stats/signed-rank.ts';
import { sortedCopy } from '../../../src/stats/sorted.ts';
import { walshAverage } from '../../../src/stats/walsh.ts';
import { createNormalRandom } from '../../fixtures/normal-random.ts';

/** Hamilton depression scale, nine patients before and after (Hollander, Wolfe and Chicken, table 3.1). */
const BEFORE = [1.83, 0.5, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.3];
const AFTER = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29];
const DEPRESSION = BEFORE.map((before, i) => before - (AFTER[i] ?? Number.NaN));

const numbers = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 25 });
const reals = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 25 });

function near(actual: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not within ${tolerance} of ${expected}`);
}

function allWalsh(values: readonly number[]): number[] {
  return values.flatMap((x, i) => values.slice(i).map((y) => (x + y) / 2)).sort((a, b) => a - b);
}

/** Two-sided p of Wilcoxon's test of 0 as the centre, for values without ties: every assignment of signs counted. */
function signedRankPValue(values: readonly number[]): number {
  const ranked = [...values].sort((a, b) => Math.abs(a) - Math.abs(b));
  const positive = ranked.reduce((sum, value, i) => sum + (value > 0 ? i + 1 : 0), 0);
  let counts = [1];
  for (let rank = 1; rank <= values.length; rank++) {
    const before = counts;
    counts = Array.from({ length: before.length + rank }, (_, sum) => (before[sum] ?? 0) + (before[sum - rank] ?? 0));
  }
  const smaller = Math.min(positive, counts.length - 1 - positive);
  const atMost = counts.slice(0, smaller + 1).reduce((sum, count) => sum + count, 0);
  return Math.min(1, (2 * atMost) / 2 ** values.length);
}

test('every Walsh average of every rank equals that of the full list', () => {
  fc.assert(
    fc.property(fc.oneof(numbers, reals), (values) => {
      const sorted = sortedCopy(values);
      allWalsh(values).forEach((expected, rank) => {
        assert.ok(walshAverage(sorted, rank) === expected, `rank ${rank} of ${values}`);
      });
    }),
  );
  assert.throws(() => walshAverage(sortedCopy([1, 2]), 3), RangeError);
  assert.throws(() => walshAverage(sortedCopy([1, 2]), -1), RangeError);
});

test('the centre of the depression data is the published 0.46', () => {
  near(hodgesLehmann(sortedCopy(DEPRESSION)), 0.46, 1e-12);
});

test('the centre moves with a shift, flips with the sign, and stays inside the data', () => {
  fc.assert(
    fc.property(numbers, fc.integer({ min: -1000, max: 1000 }), (values, shift) => {
      const centre = hodgesLehmann(sortedCopy(values));
      assert.equal(hodgesLehmann(sortedCopy(values.map((value) => value + shift))), centre + shift);
      assert.equal(hodgesLehmann(sortedCopy(values.map((value) => 0 - value))), 0 - centre);
      assert.ok(Math.min(...values) <= centre && centre <= Math.max(...values));
    }),
  );
  assert.throws(() => hodgesLehmann(sortedCopy([])), RangeError);
});

test('the centre of two thousand values is exact and takes milliseconds', () => {
  const random = createNormalRandom(11);
  const values = Array.from({ length: 2000 }, () => random.normal());
  const started = process.cpuUsage();
  const centre = hodgesLehmann(sortedCopy(values));
  const { user } = process.cpuUsage(started);
  const all = Float64Array.from(values.flatMap((x, i) => values.slice(i).map((y) => (x + y) / 2))).sort();
  const middle = all.length / 2;
  assert.equal(centre, ((all[middle - 1] ?? Number.NaN) + (all[middle] ?? Number.NaN)) / 2);
  assert.ok(user < 500_000, `${user / 1000} ms`);
});

test('critical values are those of the two-sided 5 % table', () => {
  const table = new Map([
    [5, -1],
    [6, 0],
    [7, 2],
    [8, 3],
    [9, 5],
    [10, 8],
    [11, 10],
    [12, 13],
    [13, 17],
    [14, 21],
    [15, 25],
    [20, 52],
    [25, 89],
    [30, 137],
    [40, 264],
    [50, 434],
  ]);
  for (const [n, expected] of table) assert.equal(signedRankCritical(n, 0.05), expected, `n = ${n}`);
});

test('the interval of the depression data is the published one, and knows its true coverage', () => {
  const { low, high, confidence } = signedRankInterval(sortedCopy(DEPRESSION));
  near(low, 0.01, 1e-12);
  near(high, 0.786, 1e-12);
  near(confidence, 1 - 2 * 0.01953125, 1e-12);
});

test('too few values give their whole range and say how little that covers', () => {
  const { low, high, confidence } = signedRankInterval(sortedCopy([3, 1, 2]));
  assert.deepEqual([low, high], [1, 3]);
  near(confidence, 1 - 2 / 8, 1e-12);
  assert.throws(() => signedRankInterval(sortedCopy([])), RangeError);
});

test('the interval excludes 0 exactly where the test rejects, without ties', () => {
  const random = createNormalRandom(5);
  let rejected = 0;
  for (let trial = 0; trial < 300; trial++) {
    const values = Array.from({ length: 8 + (trial % 30) }, () => random.normal() + 0.4);
    const { low, high } = signedRankInterval(sortedCopy(values));
    const rejects = signedRankPValue(values) <= 0.05;
    assert.equal(low > 0 || high < 0, rejects, `trial ${trial}`);
    if (rejects) rejected += 1;
  }
  assert.ok(rejected > 50 && rejected < 250, `${rejected} of 300 rejected`);
});

test('the normal approximation joins the exact distribution at 100 values', () => {
  const random = createNormalRandom(9);
  const values = Array.from({ length: 101 }, () => random.normal() + 0.2);
  const critical = [99, 100, 101, 102].map((n) => signedRankCritical(n, 0.05));
  assert.deepEqual(
    critical,
    [...critical].sort((a, b) => a - b),
  );
  // The published approximation n (n + 1) / 4 - z sqrt(n (n + 1) (2 n + 1) / 24) for n = 101.
  near(critical[2] ?? Number.NaN, (101 * 102) / 4 - 1.96 * Math.sqrt((101 * 102 * 203) / 24), 1);
  const { low, high, confidence } = signedRankInterval(sortedCopy(values));
  assert.ok(low < high);
  near(confidence, 0.95, 0.002);
});
