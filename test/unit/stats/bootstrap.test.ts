// SPDX-License-Identifier: GPL-2.0-only
/** Bootstrap intervals against exact enumeration, brute force and their nominal coverage. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bootstrapInterval } from '../../../src/stats/bootstrap.ts';
import { mean } from '../../../src/stats/moments.ts';
import { median, quantile } from '../../../src/stats/quantile.ts';
import { quantileInterval } from '../../../src/stats/quantile-bootstrap.ts';
import { sortedCopy } from '../../../src/stats/sorted.ts';
import { createNormalRandom } from '../../fixtures/normal-random.ts';

function near(actual: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not within ${tolerance} of ${expected}`);
}

function meanOf(values: readonly number[]): (indices: Uint32Array) => number {
  return (indices) => mean(Array.from(indices, (index) => values[index] ?? Number.NaN));
}

test('percentile bounds converge to those of all n^n resamples', () => {
  const values = [1, 3, 4, 9, 20];
  const all: number[] = [];
  for (let code = 0; code < 5 ** 5; code++) {
    all.push(mean([0, 1, 2, 3, 4].map((digit) => values[Math.floor(code / 5 ** digit) % 5] ?? Number.NaN)));
  }
  const exact = sortedCopy(all);
  const plan = { groups: 5, statistic: meanOf(values), random: createNormalRandom(1), resamples: 40_000 };
  const { estimate, low, high } = bootstrapInterval(plan);
  near(estimate, 7.4, 1e-12);
  near(low, quantile(exact, 0.025), 0.21);
  near(high, quantile(exact, 0.975), 0.41);
});

test('the interval depends on the seed alone', () => {
  const values = [5, 1, 4, 2, 8, 6];
  const run = (seed: number) =>
    bootstrapInterval({ groups: 6, statistic: meanOf(values), random: createNormalRandom(seed), resamples: 300 });
  assert.deepEqual(run(4), run(4));
  assert.notDeepEqual(run(4), run(5));
});

test('the interval holds the estimate of a mean and moves with a shift', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 2, maxLength: 20 }), (values) => {
      const run = (shift: number) =>
        bootstrapInterval({
          groups: values.length,
          statistic: meanOf(values.map((value) => value + shift)),
          random: createNormalRandom(1),
          resamples: 400,
        });
      const plain = run(0);
      const shifted = run(5000);
      assert.ok(plain.low <= plain.estimate && plain.estimate <= plain.high);
      near(shifted.low, plain.low + 5000, 1e-9);
      near(shifted.high, plain.high + 5000, 1e-9);
    }),
    { numRuns: 40 },
  );
});

test('BCa shifts the bounds of a skewed statistic to the long tail and covers better than percentiles', () => {
  const random = createNormalRandom(21);
  const covered = { percentile: 0, bca: 0 };
  const trials = 400;
  for (let trial = 0; trial < trials; trial++) {
    // Exponential with mean 1: twenty values, a mean with a skewed error.
    const values = Array.from({ length: 20 }, () => -Math.log(1 - random.unit()));
    for (const method of ['percentile', 'bca'] as const) {
      const plan = { groups: 20, statistic: meanOf(values), random, resamples: 400, method };
      const { low, high } = bootstrapInterval(plan);
      if (low <= 1 && 1 <= high) covered[method] += 1;
    }
  }
  assert.ok(covered.bca >= covered.percentile, JSON.stringify(covered));
  assert.ok(covered.bca / trials > 0.88 && covered.bca / trials < 0.98, JSON.stringify(covered));
});

test('a bootstrap needs two groups', () => {
  assert.throws(() => bootstrapInterval({ groups: 1, statistic: () => 0, random: createNormalRandom(1) }), RangeError);
});

test('the fast quantile bootstrap equals sorting every resample', () => {
  const group = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 7 });
  fc.assert(
    fc.property(
      fc.array(group, { minLength: 8, maxLength: 14 }),
      fc.constantFrom(0, 0.25, 0.5, 0.9, 1),
      (members, p) => {
        const values = Uint32Array.from(members.flat());
        // Group numbers with gaps, as losses leave them.
        const groups = Uint16Array.from(members.flatMap((own, number) => own.map(() => 3 * number)));
        const fast = quantileInterval({ values, groups, p, random: createNormalRandom(77), resamples: 60 });
        const slow = bootstrapInterval({
          groups: members.length,
          random: createNormalRandom(77),
          resamples: 60,
          statistic: (indices) => quantile(sortedCopy(Array.from(indices).flatMap((index) => members[index] ?? [])), p),
        });
        assert.deepEqual(fast, { low: slow.low, high: slow.high });
      },
    ),
    { numRuns: 60 },
  );
});

test('fewer than eight groups give no interval, and columns of unlike length are a bug', () => {
  const values = Uint32Array.from({ length: 70 }, (_, i) => i + 1);
  const groups = Uint16Array.from(values, (_, i) => Math.floor(i / 10));
  assert.equal(quantileInterval({ values, groups, p: 0.5, random: createNormalRandom(1) }), null);
  assert.throws(
    () => quantileInterval({ values, groups: groups.slice(1), p: 0.5, random: createNormalRandom(1) }),
    RangeError,
  );
});

test('resampling groups covers the median of correlated samples, resampling single samples does not', () => {
  const random = createNormalRandom(8);
  const trials = 300;
  let byGroup = 0;
  let bySample = 0;
  for (let trial = 0; trial < trials; trial++) {
    const values = new Uint32Array(1000);
    const groups = new Uint16Array(1000);
    let level = 0;
    for (let i = 0; i < 1000; i++) {
      if (i % 25 === 0) level = 8000 * random.normal();
      values[i] = Math.round(300_000 + level + 10_000 * random.normal());
      groups[i] = Math.floor(i / 25);
    }
    const single = Uint16Array.from(groups, (_, i) => i);
    const wide = quantileInterval({ values, groups, p: 0.5, random, resamples: 300 });
    const narrow = quantileInterval({ values, groups: single, p: 0.5, random, resamples: 300 });
    assert.ok(wide !== null && narrow !== null);
    assert.ok(wide.low <= median(sortedCopy(values)) && median(sortedCopy(values)) <= wide.high);
    if (wide.low <= 300_000 && 300_000 <= wide.high) byGroup += 1;
    if (narrow.low <= 300_000 && 300_000 <= narrow.high) bySample += 1;
  }
  assert.ok(byGroup / trials > 0.9 && byGroup / trials < 0.98, `groups cover ${byGroup} of ${trials}`);
  assert.ok(bySample / trials < 0.7, `single samples cover ${bySample} of ${trials}`);
});
