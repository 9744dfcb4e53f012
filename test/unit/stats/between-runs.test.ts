// SPDX-License-Identifier: GPL-2.0-only
/** The difference of two sets of units: against published values, and by how often it errs. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Effect } from '../../../src/compare/compare-schema.ts';
import { effectOf } from '../../../src/compare/effect.ts';
import type { RunValue } from '../../../src/compare/run-values.ts';
import { roundTrip } from '../../../src/probes/rr/round-trip.ts';
import { differenceOfMeans, differenceOfPooled, meanOfMeans, meanOfUnits } from '../../../src/stats/between-runs.ts';
import { moments } from '../../../src/stats/moments.ts';
import { createNormalRandom, type NormalRandom } from '../../fixtures/normal-random.ts';
import { cameTo } from '../../support/came-to.ts';

/** Student's sleep data (Biometrika 6, 1908, as `sleep` in R): extra hours by two drugs. */
const FIRST = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
const SECOND = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];

function near(actual: number, expected: number, digits = 6): void {
  assert.ok(Math.abs(actual - expected) < 10 ** -digits, `${actual} is not ${expected}`);
}

describe('the difference of two means', () => {
  it("has Welch's interval, as R's t.test gives it", () => {
    const { mean, low, high, df, pValue } = differenceOfMeans(meanOfUnits(FIRST), meanOfUnits(SECOND));
    near(mean, 1.58);
    near(df, 17.77647, 5);
    near(pValue, 0.07939, 5);
    near(low, -0.2054832);
    near(high, 3.3654832);
  });

  it("has Student's pooled interval, as R's t.test(var.equal = TRUE) gives it", () => {
    const { low, high, df, pValue } = differenceOfPooled(FIRST, SECOND);
    assert.equal(df, 18);
    near(pValue, 0.07919, 5);
    near(low, -0.203874);
    near(high, 3.363874);
  });

  it('against a single unit is the interval for one more of the same kind', () => {
    const { low, high } = differenceOfPooled(FIRST, [0.75]);
    const { mean, stddev } = moments(FIRST);
    // t(0.975, 9) = 2.262157
    const half = 2.2621572 * stddev * Math.sqrt(1 + 1 / 10);
    near(low, 0.75 - mean - half, 5);
    near(high, 0.75 - mean + half, 5);
  });

  it('with an assumed variance alone is normal, and with a large one hardly depends on the units', () => {
    const exact = { mean: 0, variance: 0, df: Number.POSITIVE_INFINITY };
    const alone = differenceOfMeans(exact, { ...exact, mean: 1 }, { assumedVariance: 0.25 });
    near((alone.high - alone.low) / 2, 1.959964 * 0.5, 5);
    const both = differenceOfMeans(meanOfUnits(FIRST), meanOfUnits(SECOND), { assumedVariance: 100 });
    assert.ok(both.df > 1000 && both.high - both.low > 39);
  });

  it('of means of runs has the variance of their mean', () => {
    const runs = [FIRST, SECOND].map(meanOfUnits);
    const { mean, variance, df } = meanOfMeans(runs);
    near(mean, (0.75 + 2.33) / 2);
    near(variance, runs.reduce((sum, run) => sum + run.variance, 0) / 4);
    near(df, 17.77647, 5);
  });

  it('asks for enough units', () => {
    assert.throws(() => meanOfUnits([1]), RangeError);
    assert.throws(() => differenceOfPooled([1], [2]), RangeError);
    assert.throws(() => meanOfMeans([]), RangeError);
  });
});

/** A run of some draws: its own offset, and an error for each draw. */
function simulatedRun(random: NormalRandom, { offset, draw, draws }: Spread, effect = 0): RunValue {
  const centre = effect + offset * random.normal();
  const values = Array.from({ length: draws }, () => centre + draw * random.normal());
  return {
    mean: meanOfUnits(values),
    looks: null,
    known: true,
    unit: 'draws',
    units: draws,
    guests: 1,
    k: [2],
    level: Math.log(300_000),
    otherLevel: Math.log(300_000),
    n: 2000 * draws,
  };
}

interface Spread {
  readonly offset: number;
  readonly draw: number;
  readonly draws: number;
}

interface Trial {
  readonly runs: readonly [number, number];
  readonly spread: Spread;
  readonly effect?: number;
  readonly basis: Effect['basis'];
}

/** Shares of trials whose interval excludes 0, and that claim. */
function rates(trials: number, { runs: [a, b], spread, effect = 0, basis }: Trial, seed: number) {
  const random = createNormalRandom(seed);
  let excluded = 0;
  let claimed = 0;
  for (let trial = 0; trial < trials; trial++) {
    const baseline = Array.from({ length: a }, () => simulatedRun(random, spread));
    const candidate = Array.from({ length: b }, () => simulatedRun(random, spread, effect));
    const result = effectOf({
      measure: roundTrip,
      statistic: 'p50',
      basis,
      primary: true,
      baseline,
      candidate,
      marginRelative: 0.01,
    });
    const { relativeInterval: bounds, outcome } = result;
    assert.ok(bounds !== null);
    if (bounds.low > 0 || bounds.high < 0) excluded += 1 / trials;
    if (outcome === 'different') claimed += 1 / trials;
  }
  return { excluded, claimed };
}

describe('an effect between runs', () => {
  const absolute = { kind: 'absolute' } as const;
  const drawn = { kind: 'relative', to: 'tap', within: 'draws' } as const;
  // As measured: 11 % between processes for a median, 0.5 % for a ratio, 1 % between draws.
  const level = { offset: 0.11, draw: 0.01, draws: 4 };
  const ratio = { offset: 0.005, draw: 0.01, draws: 4 };
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

  it('over runs errs in about 5 %, however many there are on each side', (t) => {
    for (const [i, runs] of (
      [
        [2, 2],
        [3, 3],
        [8, 8],
        [12, 3],
        [11, 1],
        [3, 1],
      ] as const
    ).entries()) {
      const { excluded } = rates(3000, { runs, spread: level, basis: absolute }, 2000 + i);
      t.diagnostic(`${runs.join(' and ')} runs: ${percent(excluded)}`);
      assert.ok(excluded < 0.064 && excluded > 0.036, `${runs}: ${percent(excluded)}`);
    }
  });

  it('of one run a side errs in about 5 % for its ratio and its latency alike, because it assumes what runs differ by', (t) => {
    for (const [spread, basis, seed] of [
      [ratio, drawn, 2010],
      [level, absolute, 2011],
    ] as const) {
      const { excluded } = rates(3000, { runs: [1, 1], spread, basis }, seed);
      t.diagnostic(`${basis.kind}: ${percent(excluded)}`);
      assert.ok(excluded < 0.065 && excluded > 0.02, percent(excluded));
    }
  });

  it('without that assumption would find a difference between most pairs of runs', (t) => {
    const random = createNormalRandom(2020);
    let errors = 0;
    for (let trial = 0; trial < 1000; trial++) {
      const [a, b] = [simulatedRun(random, level), simulatedRun(random, level)];
      if (differenceOfMeans(a.mean, b.mean).pValue < 0.05) errors += 1 / 1000;
    }
    t.diagnostic(percent(errors));
    assert.ok(errors > 0.8, percent(errors));
  });

  it('finds 3 % of a ratio between two runs of eight draws, and not of a latency', (t) => {
    const eight = { draws: 8 };
    const found = rates(500, { runs: [1, 1], spread: { ...ratio, ...eight }, effect: 0.03, basis: drawn }, 2030);
    const missed = rates(500, { runs: [1, 1], spread: { ...level, ...eight }, effect: 0.03, basis: absolute }, 2031);
    t.diagnostic(`ratio ${percent(found.claimed)}, latency ${percent(missed.claimed)}`);
    assert.ok(found.claimed > 0.85 && missed.claimed < 0.1);
  });

  it('within two paths of the same runs is that of their draws, nothing assumed', () => {
    const random = createNormalRandom(2040);
    const run = simulatedRun(random, { offset: 0, draw: 0.01, draws: 8 });
    const direct = { kind: 'direct', within: 'draws' } as const;
    const input = { statistic: 'p50', basis: direct, primary: true, marginRelative: 0.01 } as const;
    const one = effectOf({ measure: roundTrip, ...input, baseline: [run], candidate: [run] });
    near(Math.log1p(one.relative), run.mean.mean);
    assert.equal(one.assumedRunStddev, null);
    near(one.degreesOfFreedom ?? 0, 7);
    assert.equal(one.standing, 'indication');
    const several = Array.from({ length: 4 }, () => simulatedRun(random, { offset: 0.005, draw: 0.01, draws: 8 }));
    const four = effectOf({ measure: roundTrip, ...input, baseline: several, candidate: several });
    assert.equal(four.unit, 'runs');
    assert.equal(four.degreesOfFreedom, 3);
    assert.equal(four.standing, 'verdict');
  });

  it('of runs whose own error is not known has no interval and claims nothing', () => {
    const random = createNormalRandom(2050);
    const run = { ...simulatedRun(random, ratio, 0.5), known: false, unit: 'groups', units: 1 } as const;
    const other = { ...simulatedRun(random, ratio), known: false, unit: 'groups', units: 1 } as const;
    const effect = effectOf({
      measure: roundTrip,
      statistic: 'p99',
      basis: absolute,
      primary: true,
      baseline: [other],
      candidate: [run],
      marginRelative: 0.01,
    });
    assert.equal(effect.relativeInterval, null);
    assert.equal(cameTo(effect), 'inconclusive');
    assert.match(effect.method, /no interval/);
  });
});
