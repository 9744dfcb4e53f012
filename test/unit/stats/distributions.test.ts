// SPDX-License-Identifier: GPL-2.0-only
/** The normal and t distributions and their intervals against closed forms and published tables. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { holm } from '../../../src/stats/holm.ts';
import { normalCdf, normalQuantile, normalUpperTail } from '../../../src/stats/normal.ts';
import { meanInterval, studentQuantile, studentUpperTail } from '../../../src/stats/student-t.ts';

const studentCdf = (t: number, df: number): number => studentUpperTail(-t, df);

const probability = fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true });

function near(actual: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not within ${tolerance} of ${expected}`);
}

test('the normal distribution agrees with published quantiles and far tails', () => {
  near(normalQuantile(0.975), 1.959963984540054, 1e-12);
  near(normalQuantile(0.995), 2.575829303548901, 1e-12);
  near(normalQuantile(0.75), 0.6744897501960817, 1e-12);
  near(normalUpperTail(6) / 9.865876450376981e-10, 1, 1e-11);
  near(normalUpperTail(10) / 7.619853024160527e-24, 1, 1e-11);
  near(normalUpperTail(2) / 0.02275013194817921, 1, 1e-12);
  assert.throws(() => normalQuantile(1), RangeError);
});

test('the normal quantile inverts the cumulative distribution, which is symmetric', () => {
  fc.assert(
    fc.property(probability, (p) => {
      near(normalCdf(normalQuantile(p)), p, 1e-12);
      near(normalCdf(1.5 + p) + normalCdf(-1.5 - p), 1, 1e-14);
    }),
  );
});

test('t quantiles agree with the published table to ten digits', () => {
  const table: readonly (readonly [number, number, number])[] = [
    [0.975, 1, 12.706204736174698],
    [0.975, 2, 4.302652729749462],
    [0.975, 3, 3.182446305283708],
    [0.975, 4, 2.7764451051977934],
    [0.975, 5, 2.570581835636314],
    [0.975, 7, 2.3646242515927844],
    [0.975, 10, 2.2281388519649385],
    [0.975, 30, 2.0422724563012373],
    [0.975, 120, 1.979930405052777],
    [0.995, 5, 4.032142983555228],
    [0.9995, 10, 4.586893858702636],
    [0.95, 8, 1.8595480375228424],
  ];
  for (const [p, df, expected] of table) near(studentQuantile(p, df), expected, 1e-10);
});

test('the t distribution equals its closed forms for 1, 2 and 4 degrees of freedom', () => {
  fc.assert(
    fc.property(fc.double({ min: -50, max: 50, noNaN: true }), (t) => {
      near(studentCdf(t, 1), 0.5 + Math.atan(t) / Math.PI, 1e-13);
      near(studentCdf(t, 2), 0.5 + t / (2 * Math.SQRT2 * Math.sqrt(1 + (t * t) / 2)), 1e-13);
      const u = t / Math.sqrt(t * t + 4);
      near(studentCdf(t, 4), 0.5 + (3 / 4) * u * (1 - (u * u) / 3), 1e-13);
    }),
  );
});

test('the t distribution is symmetric, rises, is inverted by its quantile, and tends to the normal', () => {
  fc.assert(
    fc.property(probability, fc.double({ min: 0.3, max: 400, noNaN: true }), (p, df) => {
      const t = studentQuantile(p, df);
      near(studentCdf(t, df), p, 1e-11);
      near(studentCdf(t, df) + studentCdf(-t, df), 1, 1e-13);
      assert.ok(studentCdf(t + 0.1, df) >= studentCdf(t, df));
    }),
    { numRuns: 60 },
  );
  for (const t of [0.3, 1.96, 4, 8]) near(studentUpperTail(t, 1e9) / normalUpperTail(t), 1, 1e-5);
  near(studentUpperTail(1e200, 3), 0, 1e-300);
  assert.throws(() => studentCdf(1, 0), RangeError);
  assert.throws(() => studentQuantile(0, 5), RangeError);
});

test("the interval of a mean reproduces Fisher's analysis of Darwin's maize", () => {
  // Differences in eighths of an inch, "The Design of Experiments" (1935), section 17: mean 20.93, t = 2.148.
  const differences = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48];
  const interval = meanInterval(differences);
  near(interval.mean, 20.9333, 1e-4);
  near(interval.mean / interval.standardError, 2.148, 5e-4);
  near(interval.pValue, 0.0497, 1e-4);
  near(interval.low, 0.0312, 1e-3);
  near(interval.high, 41.8355, 1e-3);
  assert.equal(interval.df, 14);
});

test("the interval of a mean reproduces Student's sleep data", () => {
  // Biometrika 6 (1908): additional hours of sleep, drug 2 against drug 1.
  const interval = meanInterval([1.2, 2.4, 1.3, 1.3, 0, 1, 1.8, 0.8, 4.6, 1.4]);
  near(interval.mean, 1.58, 1e-12);
  near(interval.pValue, 0.002833, 1e-6);
  near(interval.low, 0.7001142, 1e-6);
  near(interval.high, 2.4598858, 1e-6);
});

test('an interval needs two values, and equal values give a point', () => {
  assert.throws(() => meanInterval([1]), RangeError);
  const point = meanInterval([2, 2, 2]);
  assert.deepEqual([point.low, point.high, point.pValue], [2, 2, 0]);
  assert.equal(meanInterval([0, 0]).pValue, 1);
});

test('Holm adjusts a worked example as published', () => {
  const adjusted = holm([0.01, 0.04, 0.03, 0.005]);
  [0.03, 0.06, 0.06, 0.02].forEach((expected, i) => {
    near(adjusted[i] ?? Number.NaN, expected, 1e-12);
  });
  assert.deepEqual(holm([]), []);
  assert.throws(() => holm([1.2]), RangeError);
});

test('Holm keeps the order of the p values, never lowers one, and rejects what a step-down test rejects', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 12 }), (pValues) => {
      const adjusted = holm(pValues);
      for (let i = 0; i < pValues.length; i++) {
        const p = pValues[i] ?? 0;
        const own = adjusted[i] ?? 0;
        assert.ok(own >= p && own <= 1);
        for (let j = 0; j < pValues.length; j++) if (p < (pValues[j] ?? 0)) assert.ok(own <= (adjusted[j] ?? 0));
      }
      const ascending = [...pValues].sort((a, b) => a - b);
      const firstKept = ascending.findIndex((p, step) => p * (ascending.length - step) >= 0.05);
      const rejected = firstKept < 0 ? ascending.length : firstKept;
      assert.equal(adjusted.filter((p) => p < 0.05).length, rejected);
    }),
  );
});
