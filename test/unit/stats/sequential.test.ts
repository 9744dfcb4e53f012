// SPDX-License-Identifier: GPL-2.0-only
/** Draws that are added until they suffice: the boundaries against published ones, and how often the whole rule errs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normalQuantile, normalUpperTail } from '../../../src/stats/normal.ts';
import { sequentialBounds, spendingBounds } from '../../../src/stats/sequential-bounds.ts';
import { lastLook, sequentialPValue } from '../../../src/stats/sequential-test.ts';
import { looksAt, reached, stillOpen } from '../../../src/stats/until.ts';
import { createNormalRandom } from '../../fixtures/normal-random.ts';
import { type SimulatedRun, simulateUntil } from '../../fixtures/simulated/simulate-until.ts';

const FIVE = { looks: [1, 2, 3, 4, 5], maxDraws: 5 };
const upTo = (maxDraws: number) => ({
  looks: Array.from({ length: maxDraws / 2 - 1 }, (_, i) => 4 + 2 * i),
  maxDraws,
});
const zOf = ({ nominal }: { readonly nominal: number }): number => normalQuantile(1 - nominal / 2);

test("boundaries for a known variance are the published ones of the spending functions after Pocock and O'Brien and Fleming", () => {
  const pocock = spendingBounds(FIVE, (share) => 0.05 * Math.log1p((Math.E - 1) * share)).map(zOf);
  const fleming = spendingBounds(FIVE, (share) => 4 * normalUpperTail(normalQuantile(1 - 0.0125) / Math.sqrt(share)));
  // Reboussin, DeMets, Kim and Lan, Controlled Clinical Trials 21 (2000), and the R package ldbounds.
  [2.438, 2.4268, 2.4101, 2.3966, 2.3859].forEach((z, k) => {
    assert.ok(Math.abs(z - (pocock[k] ?? 0)) < 2e-4, `${pocock}`);
  });
  [4.8769, 3.3569, 2.6803, 2.2898, 2.031].forEach((z, k) => {
    assert.ok(Math.abs(z - zOf(fleming[k] ?? assert.fail())) < 2e-4, `${k}`);
  });
});

test('a look that comes early pays more for itself, and all of them spend 5 %', () => {
  const bounds = sequentialBounds(upTo(40), 0.05);
  assert.ok(bounds.every(({ nominal }) => nominal > 0 && nominal < 0.05));
  assert.ok(Math.abs((bounds.at(-1)?.spent ?? 0) - 0.05) < 1e-12);
  assert.deepEqual(
    bounds.map(({ spent }) => spent),
    bounds.map(({ spent }) => spent).sort((a, b) => a - b),
  );
  assert.throws(() => sequentialBounds({ looks: [4, 4], maxDraws: 40 }, 0.05), RangeError);
  assert.throws(() => sequentialBounds({ looks: [4, 42], maxDraws: 40 }, 0.05), RangeError);
});

test('the p value of a look is the error rate at which its interval would just exclude 0', () => {
  for (const schedule of [upTo(8), upTo(40), { looks: [4, 5, 7, 9], maxDraws: 20 }]) {
    for (const alpha of [0.05, 0.025, 0.01, 0.001]) {
      const p = sequentialPValue(lastLook(schedule, alpha).nominal, schedule);
      assert.ok(Math.abs(p / alpha - 1) < 0.02, `${alpha}: ${p}`);
    }
    assert.ok(sequentialPValue(1e-30, schedule) < 1e-9);
    assert.equal(sequentialPValue(0, schedule), 0);
    assert.ok(sequentialPValue(0.9, schedule) <= 1);
  }
});

test('a draw that failed is missing from its look, and half a pair is a look of its own', () => {
  const at = (...numbers: readonly number[]) => numbers.map((draw) => ({ draw }));
  const budget = { first: 4, maxDraws: 40 };
  assert.deepEqual(looksAt(at(0, 1, 2, 3), budget), { looks: [4], maxDraws: 40 });
  assert.deepEqual(looksAt(at(0, 1, 2, 3, 4, 5, 6, 7), budget).looks, [4, 6, 8]);
  assert.deepEqual(looksAt(at(0, 1, 2, 3, 5, 6, 7), budget).looks, [4, 5, 7]);
  assert.deepEqual(looksAt(at(0, 1, 2, 3, 6, 7), budget).looks, [4, 6]);
  assert.deepEqual(looksAt(at(0, 1, 2, 3, 4), budget).looks, [4, 5]);
  assert.deepEqual(looksAt(at(0, 1), budget).looks, [2]);
  assert.deepEqual(looksAt(at(...Array(24).keys()), { first: 24, maxDraws: 40 }).looks, [24]);
});

/** Equal paths: the twin and a family of five. */
const EQUAL = {
  ...{ effects: [0, 0, 0, 0, 0, 0], stddev: 0.007, halfWidth: 0.01, margin: 0.01, maxDraws: 40 },
} as const satisfies Partial<SimulatedRun>;
/** A width that is hardly ever reached, and no margin: every look may find a difference that is not there. */
const HARD = { ...EQUAL, halfWidth: 0.002, margin: 0, maxDraws: 16 } as const;

function tally(runs: number, run: SimulatedRun) {
  let wrong = 0;
  let covered = 0;
  for (let i = 0; i < runs; i++) {
    const comparisons = simulateUntil(run);
    if (comparisons.some(({ isTwin, outcome }) => !isTwin && outcome === 'different')) wrong += 1 / runs;
    const holding = comparisons.filter(({ relativeInterval: bounds }, index) => {
      const truth = Math.expm1(run.effects[index] ?? 0);
      return bounds !== null && bounds.low <= truth && bounds.high >= truth;
    });
    covered += holding.length / comparisons.length / runs;
  }
  return { wrong, covered };
}

test('of 2,000 runs of equal paths with heavy tails and drift at most 5 % claim a difference, and every interval keeps its 95 %', (t) => {
  const random = createNormalRandom(2001);
  const usual = tally(2000, { ...EQUAL, random, noise: 'heavy and drifting' });
  const hard = tally(2000, { ...HARD, random, noise: 'heavy and drifting' });
  const naive = tally(500, { ...HARD, random, noise: 'normal', corrected: false });
  t.diagnostic(
    `margin 1 %: ${JSON.stringify(usual)}; margin 0: ${JSON.stringify(hard)}; without: ${JSON.stringify(naive)}`,
  );
  assert.ok(usual.wrong <= 0.05 && usual.covered >= 0.95, JSON.stringify(usual));
  assert.ok(hard.wrong <= 0.05 && hard.covered >= 0.95, JSON.stringify(hard));
  assert.ok(naive.wrong > 0.1, 'looking on at 95 % each must show what the correction is for');
});

test('the farther an effect is from the margin, the fewer draws it takes, and what is planted is found', (t) => {
  const random = createNormalRandom(2002);
  const planted = [0, 0.03, 0.05, 0.1, 0.5];
  const runs = 200;
  const sums = planted.map(() => ({ draws: 0, found: 0 }));
  for (let i = 0; i < runs; i++) {
    const effects = planted.map((effect) => Math.log1p(effect));
    const comparisons = simulateUntil({ ...EQUAL, effects, stddev: 0.015, random, noise: 'normal' });
    sums.forEach((sum, index) => {
      sum.draws += (comparisons[index]?.draws.length ?? 0) / runs;
      if (comparisons[index]?.direction === 'slower') sum.found += 1 / runs;
    });
  }
  const table = sums.map(
    ({ draws, found }, i) => `${planted[i]}: ${draws.toFixed(1)} draws, found ${found.toFixed(2)}`,
  );
  t.diagnostic(table.join('; '));
  const drawn = sums.slice(1).map(({ draws }) => draws);
  assert.deepEqual(
    drawn,
    [...drawn].sort((a, b) => b - a),
    table.join('; '),
  );
  assert.ok((drawn[0] ?? 0) > (drawn[3] ?? 0) + 1 && (drawn[3] ?? 0) < 4.5, table.join('; '));
  // Where the twin itself came out different, nothing is claimed.
  assert.ok(
    sums.slice(1).every(({ found }) => found > 0.95),
    table.join('; '),
  );
});

test('a comparison ends by its outcome, its width or its control, and the control is drawn as long as anybody is', () => {
  const random = createNormalRandom(2003);
  const effects = [0, 0, 0.5];
  const comparisons = simulateUntil({ ...EQUAL, effects, stddev: 0.02, maxDraws: 8, random, noise: 'normal' });
  const [twin, equal, slower] = comparisons;
  assert.ok(twin !== undefined && equal !== undefined && slower !== undefined);
  assert.equal(reached(slower, 0.01), 'settled');
  assert.equal(slower.draws.length, 4, 'its outcome was settled at the first look');
  assert.ok(twin.draws.length >= equal.draws.length);
  const wide = { ...equal, outcome: 'inconclusive', relativeInterval: { low: -0.03, high: 0.03 } } as const;
  assert.equal(reached(wide, 0.01), null);
  assert.equal(reached(wide, 0.03), 'precise');
  assert.equal(reached({ ...wide, draws: wide.draws.slice(0, 2) }, 0.03), null, 'two draws claim nothing');
  assert.equal(reached({ ...wide, validity: 'invalid' }, 0.01), 'control');
  const settledTwin = { ...twin, outcome: 'equivalent' } as const;
  assert.deepEqual(stillOpen([settledTwin, wide, slower], 0.01), [settledTwin, wide]);
  assert.deepEqual(stillOpen([settledTwin, slower], 0.01), []);
});
