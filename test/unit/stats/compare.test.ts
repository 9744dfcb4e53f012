// SPDX-License-Identifier: GPL-2.0-only
/** From blocks to draws to a judged comparison. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { DrawnComparison, DrawRatio, LatencyDifference, LatencyLevels } from '../../../src/model/result.ts';
import { SAMPLE_FLAGS } from '../../../src/model/samples.ts';
import { roundTrip } from '../../../src/probes/rr/round-trip.ts';
import { compareDraws, guestMeans } from '../../../src/stats/compare-draws.ts';
import { type DrawOutcome, drawEffect } from '../../../src/stats/draw-effect.ts';
import { drawsToSettle } from '../../../src/stats/draws-to-settle.ts';
import { judgeComparisons } from '../../../src/stats/judge-comparisons.ts';
import { effectOverDraws } from '../../../src/stats/over-draws.ts';
import { meanInterval } from '../../../src/stats/student-t.ts';
import { createNormalRandom } from '../../fixtures/normal-random.ts';
import { simulateBlock } from '../../fixtures/simulated/simulate-block.ts';
import { cameTo } from '../../support/came-to.ts';

function near(actual: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not within ${tolerance} of ${expected}`);
}

function drawOf(index: number, logRatio: number, guest = 0): DrawRatio & LatencyLevels {
  return {
    draw: index,
    guest,
    reversed: index % 2 === 1,
    logRatio,
    withinInterval: { low: logRatio - 0.01, high: logRatio + 0.01 },
    groups: 40,
    referenceP50Ns: 300_000 + 1000 * index,
    candidateP50Ns: (300_000 + 1000 * index) * Math.exp(logRatio),
  };
}

type LatencyComparison = DrawnComparison<DrawRatio & LatencyLevels> & LatencyDifference;

interface Pair {
  readonly candidate?: string;
  readonly isTwin?: boolean;
  readonly probe?: string;
  readonly guests?: number;
  readonly marginRelative?: number;
}

function compare(logRatios: readonly number[], pair: Pair = {}): LatencyComparison {
  const { candidate = 'user', isTwin = false, probe = 'rr', guests = 1, marginRelative } = pair;
  const draws = logRatios.map((logRatio, i) => drawOf(i, logRatio, i % guests));
  const margin = marginRelative === undefined ? {} : { marginRelative };
  const names = { candidate, reference: 'tap', probe, k: 2, isTwin };
  return compareDraws({
    measure: roundTrip,
    ...names,
    draws,
    n: 2000 * draws.length,
    lost: 3,
    discarded: 1,
    ...margin,
  });
}

const SLOWER = [0.031, 0.029, 0.033, 0.027];
const SAME = [0.004, -0.003, 0.002, -0.004];

function blockOf(logOffset: number, transactionsPerPath = 2000) {
  const random = createNormalRandom(17);
  return simulateBlock({
    random,
    transactionsPerPath,
    logOffsets: [0, logOffset],
    layout: 'rotation',
    warmupPerPath: 100,
  });
}

function effectOf(outcome: DrawOutcome<LatencyLevels>): DrawRatio & LatencyLevels {
  assert.equal(outcome.kind, 'effect');
  return outcome.effect;
}

test('a draw finds a planted difference inside its interval, and turns its sign with the paths', () => {
  const samples = blockOf(Math.log(1.05));
  const key = { draw: 4, guest: 1, reversed: true };
  for (const statistic of ['p50', 'midmean', 'p25'] as const) {
    const forward = effectOf(
      drawEffect({ measure: roundTrip, samples, candidate: 1, reference: 0, groupSize: 50, key, statistic }),
    );
    const backward = effectOf(
      drawEffect({ measure: roundTrip, samples, candidate: 0, reference: 1, groupSize: 50, key, statistic }),
    );
    assert.ok(forward.withinInterval.low <= Math.log(1.05) && Math.log(1.05) <= forward.withinInterval.high);
    assert.ok(forward.withinInterval.low > 0);
    near(forward.logRatio, -backward.logRatio, 1e-12);
    assert.deepEqual([forward.draw, forward.guest, forward.reversed, forward.groups], [4, 1, true, 40]);
    near(forward.candidateP50Ns / forward.referenceP50Ns, 1.05, 0.02);
  }
});

test('a draw whose paths share fewer than six complete groups says so, with its losses', () => {
  const samples = blockOf(0, 400);
  for (let i = 0; i < samples.length; i++) {
    const lose = samples.path[i] === 1 && (samples.group[i] ?? 0) < 3 && (samples.flags[i] ?? 0) === 0;
    if (lose) samples.flags[i] = SAMPLE_FLAGS.lost;
  }
  const key = { draw: 2, guest: 0, reversed: false };
  const outcome = drawEffect({ measure: roundTrip, samples, candidate: 1, reference: 0, groupSize: 50, key });
  assert.equal(outcome.kind, 'too-few-groups');
  assert.equal(outcome.groups, 5);
  assert.equal(outcome.lost, 150);
  assert.match(outcome.reason, /^draw 3: 5 groups of 50 transactions/);
});

test('balanced draws give the plain t interval over draws', () => {
  const { logRatio, interval, balanced } = effectOverDraws(SLOWER.map((value, i) => drawOf(i, value)));
  const expected = meanInterval(SLOWER);
  assert.ok(interval !== null && balanced);
  near(logRatio, expected.mean, 1e-15);
  near(interval.low, expected.low, 1e-14);
  near(interval.high, expected.high, 1e-14);
  near(interval.pValue, expected.pValue, 1e-14);
});

test('a slot effect cancels in the estimate, even when a draw is missing', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -0.05, max: 0.05, noNaN: true }), { minLength: 3, maxLength: 9 }),
      fc.double({ min: -0.03, max: 0.03, noNaN: true }),
      (values, slot) => {
        const plain = values.map((value, i) => drawOf(i, value));
        const slotted = values.map((value, i) => drawOf(i, value + (i % 2 === 1 ? slot : -slot)));
        near(effectOverDraws(slotted).logRatio, effectOverDraws(plain).logRatio, 1e-15);
      },
    ),
  );
});

test('four agreeing draws give a claim that stands as an indication', () => {
  const comparison = compare(SLOWER);
  assert.equal(cameTo(comparison), 'slower');
  assert.deepEqual([comparison.standing, comparison.because], ['indication', '']);
  near(comparison.relative, Math.expm1(0.03), 1e-12);
  // The scale of the ratios: a geometric mean, which no median of 300, 301, 302 and 303 us is.
  const level = (300_000 * 301_000 * 302_000 * 303_000) ** (1 / 4);
  near(comparison.differenceNs, Math.expm1(0.03) * level, 1e-6);
  assert.ok(comparison.relativeInterval !== null && comparison.differenceIntervalNs !== null);
  near(comparison.differenceIntervalNs.low, comparison.relativeInterval.low * level, 1e-6);
  assert.deepEqual([comparison.n, comparison.guests, comparison.slots], [8000, 1, 'reversed in pairs']);
  assert.deepEqual([comparison.lost, comparison.discarded, comparison.holmPValue], [3, 1, null]);
});

test('it takes eight draws, and those in two guests, to stand as a verdict', () => {
  const eight = [...SLOWER, ...SLOWER].map((value) => -value);
  const faster = compare(eight, { guests: 2 });
  assert.deepEqual([cameTo(faster), faster.standing, faster.because], ['faster', 'verdict', '']);
  assert.equal(compare(eight).standing, 'indication');
  assert.equal(compare(eight.slice(1), { guests: 2 }).standing, 'indication');
  assert.equal(compare([...SAME, ...SAME], { guests: 2 }).standing, 'verdict');
});

test('a clear difference below the margin is no claim', () => {
  const small = [0.0061, 0.006, 0.0059, 0.006];
  const comparison = compare(small);
  assert.ok(comparison.relativeInterval !== null && comparison.relativeInterval.low > 0);
  assert.equal(cameTo(comparison), 'equivalent');
  near(comparison.relativeInterval.high, 0.0062, 2e-4);
  assert.equal(cameTo(compare(small, { marginRelative: 0.005 })), 'slower');
});

test('draws that disagree by less than the margin are equivalent, with the whole interval inside it', () => {
  const comparison = compare(SAME);
  assert.equal(cameTo(comparison), 'equivalent');
  const { low, high } = comparison.relativeInterval ?? { low: Number.NaN, high: Number.NaN };
  assert.ok(low < 0 && 0 < high && Math.max(-low, high) < comparison.marginRelative);
});

test('fewer than four draws are too few for any claim, and one draw has no interval', () => {
  const two = compare([0.05, 0.051]);
  assert.deepEqual([cameTo(two), two.standing], ['inconclusive', 'indication']);
  assert.ok(two.relativeInterval !== null);
  const one = compare([0.05]);
  assert.equal(cameTo(one), 'inconclusive');
  assert.deepEqual([one.relativeInterval, one.differenceIntervalNs, one.pValue], [null, null, null]);
  assert.equal(one.slots, 'fixed');
  assert.equal(one.because, '');
  assert.throws(() => compare([]), RangeError);
  assert.throws(() => compare(SAME, { marginRelative: -1 }), RangeError);
});

test('guest means show a guest that disagrees', () => {
  const draws = [drawOf(0, 0.01), drawOf(1, 0.03), drawOf(2, 0.1, 1), drawOf(3, 0.1, 1)];
  const means = guestMeans(draws);
  assert.deepEqual(
    means.map(({ guest, draws: n }) => [guest, n]),
    [
      [0, 2],
      [1, 2],
    ],
  );
  near(means[0]?.relative ?? Number.NaN, Math.expm1(0.02), 1e-12);
  near(means[1]?.relative ?? Number.NaN, Math.expm1(0.1), 1e-12);
});

test('a twin that passes leaves the claims of its probe alone', () => {
  const judged = judgeComparisons([compare(SAME, { isTwin: true, candidate: 'tap-twin' }), compare(SLOWER)]);
  assert.deepEqual(judged.map(cameTo), ['equivalent', 'slower']);
  assert.equal(judged[0]?.holmPValue, null);
  assert.equal(judged[1]?.holmPValue, judged[1]?.pValue);
  assert.equal(judged[1]?.because, '');
});

test('a twin that fails makes every comparison of its probe invalid, and of no other', () => {
  const judged = judgeComparisons([
    compare(SLOWER, { isTwin: true, candidate: 'tap-twin' }),
    compare([0.3, 0.31, 0.29, 0.3]),
    compare(SAME, { candidate: 'macvtap' }),
    compare([0.3, 0.31, 0.29, 0.3], { probe: 'paced' }),
  ]);
  assert.deepEqual(judged.map(cameTo), ['slower', 'invalid', 'invalid', 'slower']);
  assert.match(judged[1]?.because ?? '', /^the twin tap-twin came out 3\.0 % slower than tap \[2\.\d %, 3\.\d %\]/);
  assert.equal(judged[3]?.because, 'not controlled: no twin was measured');
  assert.deepEqual(
    judged.map(({ validity }) => validity),
    ['valid', 'invalid', 'invalid', 'not-controlled'],
  );
});

test('a claim that Holm does not let pass is unresolved and says so', () => {
  const weak = [0.012, 0.035, 0.03, 0.015];
  const alone = compare(weak);
  assert.equal(cameTo(alone), 'slower');
  const others = ['a', 'b', 'c', 'd'].map((candidate) => compare(SAME, { candidate }));
  const judged = judgeComparisons([alone, ...others, compare(SAME, { isTwin: true })]);
  assert.equal(cameTo(judged[0] ?? assert.fail()), 'inconclusive');
  assert.match(judged[0]?.because ?? '', /Holm's correction for 5 comparisons \(p = 0\.\d{3}\)/);
  near(judged[0]?.holmPValue ?? Number.NaN, 5 * (alone.pValue ?? Number.NaN), 1e-12);
  assert.equal(cameTo(judgeComparisons([alone])[0] ?? assert.fail()), 'slower');
});

test('a twin that is inconclusive leaves its comparisons not controlled', () => {
  const judged = judgeComparisons([compare([0.001, 0.002], { isTwin: true }), compare(SLOWER)]);
  assert.equal(cameTo(judged[1] ?? assert.fail()), 'slower');
  assert.equal(judged[1]?.because, 'not controlled: the A/A control is inconclusive');
  assert.equal(judged[1]?.validity, 'not-controlled');
  const wide = judgeComparisons([compare([0.2, -0.3, 0.1, 0], { isTwin: true }), compare(SLOWER)]);
  assert.equal(wide[1]?.validity, 'not-controlled');
});

test('what is too noisy to tell is inconclusive, and says how many more draws would probably settle it', () => {
  const noisy = compare([0.09, -0.03, 0.1, 0.02]);
  assert.deepEqual([noisy.outcome, noisy.direction], ['inconclusive', null]);
  assert.ok(noisy.moreDraws !== null && noisy.moreDraws > 0 && noisy.moreDraws % 2 === 0, `${noisy.moreDraws}`);
  assert.equal(compare([0.2, -0.3, 0.1, -0.05]).moreDraws, null, 'over 1000');
  assert.equal(compare(SAME).moreDraws, null);
  assert.equal(compare(SLOWER).moreDraws, null);
  // On the margin itself no number of draws tells.
  assert.equal(drawsToSettle({ draws: 4, logRatio: 0.01, drawStddev: 0.01, margin: 0.01 }), null);
  // t(0.975, 15) * 0.01 / sqrt(16) = 0.00533; with 14 draws it is 0.00577.
  assert.equal(drawsToSettle({ draws: 4, logRatio: 0, drawStddev: 0.01, margin: 0.0055 }), 12);
});
