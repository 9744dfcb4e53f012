// SPDX-License-Identifier: GPL-2.0-only
/** Sorted data, quantiles, moments and random numbers against published values and their laws. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mean, moments } from '../../../src/stats/moments.ts';
import { median, midmean, quantile } from '../../../src/stats/quantile.ts';
import { createRandom, randomFromState, shuffled, splitmix64 } from '../../../src/stats/random.ts';
import { sortedCopy } from '../../../src/stats/sorted.ts';
import { createNormalRandom } from '../../fixtures/normal-random.ts';

/** Times and ratios of them: no numbers so small that doubling them rounds differently. */
const number = fc.integer({ min: -1e9, max: 1e9 }).map((value) => value / 1024);
const numbers = fc.array(number, { minLength: 1, maxLength: 60 });
const probability = fc.double({ min: 0, max: 1, noNaN: true });

function near(actual: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not within ${tolerance} of ${expected}`);
}

test('sortedCopy sorts numerically, leaves its input alone, and refuses NaN and infinities', () => {
  const input = Uint32Array.of(10, 9, 4_000_000_000, 1);
  assert.deepEqual(Array.from(sortedCopy(input)), [1, 9, 10, 4_000_000_000]);
  assert.deepEqual([...input], [10, 9, 4_000_000_000, 1]);
  for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    assert.throws(() => sortedCopy([1, wrong, 2]), RangeError);
  }
});

test('quantiles are those of R type 7 and NumPy linear', () => {
  const data = sortedCopy([15, 20, 35, 40, 50]);
  assert.deepEqual(
    [0, 0.05, 0.3, 0.4, 0.5, 0.95, 1].map((p) => quantile(data, p)),
    [15, 16, 23, 29, 35, 48, 50],
  );
  assert.equal(quantile(sortedCopy([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]), 0.25), 3.25);
  assert.equal(median(sortedCopy([4, 1, 3, 2])), 2.5);
});

test('quantiles rise with the probability, stay inside the data and move with it', () => {
  fc.assert(
    fc.property(numbers, probability, probability, (values, a, b) => {
      const sorted = sortedCopy(values);
      const low = quantile(sorted, Math.min(a, b));
      const high = quantile(sorted, Math.max(a, b));
      assert.ok(low <= high && Math.min(...values) <= low && high <= Math.max(...values));
      const doubled = sortedCopy(values.map((value) => 2 * value));
      assert.equal(quantile(doubled, a), 2 * quantile(sorted, a));
    }),
  );
});

test('quantile and midmean refuse no data and a probability outside 0 to 1', () => {
  assert.throws(() => quantile(sortedCopy([]), 0.5), RangeError);
  assert.throws(() => quantile(sortedCopy([1]), 1.01), RangeError);
  assert.throws(() => quantile(sortedCopy([1]), Number.NaN), RangeError);
  assert.throws(() => midmean(sortedCopy([])), RangeError);
  assert.throws(() => midmean(sortedCopy([1, 2]), { from: 0.6, to: 0.6 }), RangeError);
});

test('the midmean averages the data between its two quantiles, edges by their share', () => {
  const ten = sortedCopy([1, 2, 3, 4, 5, 6, 7, 8, 9, 1000]);
  assert.equal(midmean(ten), (2 + 3 + 4 + 5 + 6) / 5);
  // Of five values 0.5 and 3.0 bound the range: half of the first, all of the second and third.
  near(midmean(sortedCopy([10, 20, 30, 40, 50])), (0.5 * 10 + 20 + 30) / 2.5, 1e-12);
  assert.equal(midmean(sortedCopy([7]), { from: 0.2, to: 0.3 }), 7);
});

test('the midmean equals a brute-force integral of the quantile step function', () => {
  fc.assert(
    fc.property(numbers, fc.integer({ min: 0, max: 98 }), fc.integer({ min: 1, max: 99 }), (values, start, width) => {
      const range = { from: start / 100, to: Math.min(1, (start + width) / 100) };
      const sorted = sortedCopy(values);
      // Each value stands 100 times: the range then falls on whole positions.
      const repeated = Array.from(sorted).flatMap((value) => new Array<number>(100).fill(value));
      const slice = repeated.slice(Math.round(range.from * repeated.length), Math.round(range.to * repeated.length));
      const expected = slice.reduce((sum, value) => sum + value / slice.length, 0);
      near(midmean(sorted, range), expected, 1e-5);
    }),
  );
});

test('moments reproduce the certified values of the NIST NumAcc4 data set', () => {
  const values = [10_000_000.2];
  for (let i = 0; i < 500; i++) values.push(10_000_000.1, 10_000_000.3);
  const { n, mean: centre, stddev } = moments(values);
  assert.equal(n, 1001);
  near(centre, 10_000_000.2, 1e-8);
  near(stddev, 0.1, 1e-9);
});

test('moments of one value have no spread, and of none are refused', () => {
  assert.deepEqual(moments([5]), { n: 1, mean: 5, stddev: 0 });
  assert.throws(() => mean([]), RangeError);
});

test('the random stream is the reference xoshiro128**, seeded by the reference splitmix64', () => {
  const random = randomFromState([1, 2, 3, 4]);
  const expected = [
    11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
  ];
  assert.deepEqual(
    expected.map(() => random.uint32()),
    expected,
  );
  assert.deepEqual(splitmix64(1234567n, 3), [6457827717110365317n, 3203168211198807973n, 9817491932198370423n]);
});

test('the same seed gives the same stream, another seed another one', () => {
  const take = (seed: number): number[] => {
    const random = createRandom(seed);
    return Array.from({ length: 5 }, () => random.unit());
  };
  assert.deepEqual(take(7), take(7));
  assert.notDeepEqual(take(7), take(8));
  assert.throws(() => createRandom(0.5), RangeError);
});

test('below is uniform, unit is in [0, 1) and normal has mean 0 and spread 1', () => {
  const random = createNormalRandom(42);
  const counts = new Uint32Array(7);
  for (let i = 0; i < 70_000; i++) {
    const value = random.below(7);
    counts[value] = (counts[value] ?? 0) + 1;
  }
  // Chi-squared with 6 degrees of freedom: 22.5 is its 99.9 % quantile.
  const chiSquared = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
  assert.ok(chiSquared < 22.5, `chi-squared ${chiSquared}`);
  const units = Array.from({ length: 20_000 }, () => random.unit());
  assert.ok(units.every((unit) => unit >= 0 && unit < 1));
  near(mean(units), 0.5, 0.01);
  const normals = moments(Array.from({ length: 40_000 }, () => random.normal()));
  near(normals.mean, 0, 0.02);
  near(normals.stddev, 1, 0.02);
  assert.throws(() => random.below(0), RangeError);
});

test('shuffled keeps every item and gives every order equally often', () => {
  const random = createRandom(3);
  const seen = new Map<string, number>();
  for (let i = 0; i < 6000; i++) {
    const order = shuffled(['a', 'b', 'c'], random).join('');
    seen.set(order, (seen.get(order) ?? 0) + 1);
  }
  assert.deepEqual([...seen.keys()].sort(), ['abc', 'acb', 'bac', 'bca', 'cab', 'cba']);
  for (const count of seen.values()) near(count, 1000, 110);
});
