// SPDX-License-Identifier: GPL-2.0-only
/** How often the methods err, and what they find, on simulated blocks with the faults of real ones. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DrawRatio, LatencyLevels } from '../../../src/model/result.ts';
import type { Samples } from '../../../src/model/samples.ts';
import { roundTrip } from '../../../src/probes/rr/round-trip.ts';
import { compareDraws } from '../../../src/stats/compare-draws.ts';
import { drawEffect } from '../../../src/stats/draw-effect.ts';
import { moments } from '../../../src/stats/moments.ts';
import { normalUpperTail } from '../../../src/stats/normal.ts';
import { effectOverDraws } from '../../../src/stats/over-draws.ts';
import { meanInterval } from '../../../src/stats/student-t.ts';
import { pick, selectUsable } from '../../../src/stats/usable.ts';
import { createNormalRandom, type NormalRandom } from '../../fixtures/normal-random.ts';
import { type SimulatedBlock, simulateBlock } from '../../fixtures/simulated/simulate-block.ts';
import { cameTo } from '../../support/came-to.ts';

const TRIALS = 400;
/** Every plugging gives each NIC an offset of its own, of this spread. */
const NIC_OFFSET = 0.008;

function effect(samples: Samples, draw: number): DrawRatio & LatencyLevels {
  const key = { draw, guest: draw % 2, reversed: draw % 2 === 1 };
  const outcome = drawEffect({ measure: roundTrip, samples, candidate: 1, reference: 0, groupSize: 50, key });
  assert.equal(outcome.kind, 'effect');
  return outcome.effect;
}

function timesOf(blocks: readonly Samples[], path: number): Float64Array {
  return Float64Array.from(
    blocks.flatMap((block) => [...pick(block.rttNs, selectUsable(roundTrip.observe(block), path).indices)]),
  );
}

/**
 * What one would do by habit: all transactions as if they were independent. Two-sided p of Welch's test, normal limit.
 */
function pooledWelch(first: Float64Array, second: Float64Array): number {
  const a = moments(first);
  const b = moments(second);
  return 2 * normalUpperTail(Math.abs(a.mean - b.mean) / Math.sqrt(a.stddev ** 2 / a.n + b.stddev ** 2 / b.n));
}

/** Two-sided p of the Mann-Whitney test of pooled transactions, normal limit; ties are too rare here to matter. */
function pooledMannWhitney(first: Float64Array, second: Float64Array): number {
  const a = first.slice().sort();
  const b = second.slice().sort();
  let wins = 0;
  let below = 0;
  for (const value of a) {
    while (below < b.length && (b[below] ?? 0) < value) below += 1;
    wins += below;
  }
  const spread = Math.sqrt((a.length * b.length * (a.length + b.length + 1)) / 12);
  return 2 * normalUpperTail(Math.abs(wins - (a.length * b.length) / 2) / spread);
}

function rates(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${((100 * count) / TRIALS).toFixed(1)} %`)
    .join(', ');
}

/** The draws of one comparison: every draw with fresh NIC offsets, and a planted difference of `logRatio`. */
function drawBlocks(random: NormalRandom, draws: number, logRatio: number): Samples[] {
  return Array.from({ length: draws }, () => {
    const logOffsets = [NIC_OFFSET * random.normal(), logRatio + NIC_OFFSET * random.normal()];
    return simulateBlock({ random, transactionsPerPath: 1200, logOffsets, layout: 'rotation', warmupPerPath: 10 });
  });
}

test('within a draw that rotates per transaction the paired interval errs in 2 to 8 % and finds 2 %', (t) => {
  const random = createNormalRandom(1001);
  const block = { random, transactionsPerPath: 2000, layout: 'rotation' } satisfies Partial<SimulatedBlock>;
  let falsePositives = 0;
  let found = 0;
  let width = 0;
  for (let trial = 0; trial < TRIALS; trial++) {
    const same = effect(simulateBlock({ ...block, logOffsets: [0, 0] }), 0).withinInterval;
    if (same.low > 0 || same.high < 0) falsePositives += 1;
    width += (same.high - same.low) / 2 / TRIALS;
    if (trial % 4 > 0) continue;
    if (effect(simulateBlock({ ...block, logOffsets: [0, Math.log(1.02)] }), 0).withinInterval.low > 0) found += 4;
  }
  t.diagnostic(rates({ 'false positives': falsePositives, 'power at 2 %': found }));
  t.diagnostic(`mean half-width ${(100 * width).toFixed(2)} %`);
  assert.ok(falsePositives >= 0.02 * TRIALS && falsePositives <= 0.08 * TRIALS, `${falsePositives} of ${TRIALS}`);
  assert.ok(found >= 0.95 * TRIALS, `${found} of ${TRIALS}`);
});

test('on interleaved blocks pairing keeps its rate, where pooled transactions err several times as often', (t) => {
  const random = createNormalRandom(1002);
  const errors = { paired: 0, welch: 0, mannWhitney: 0 };
  for (let trial = 0; trial < TRIALS; trial++) {
    const samples = simulateBlock({ random, transactionsPerPath: 1000, logOffsets: [0, 0], layout: 'blocks' });
    const { low, high } = effect(samples, 0).withinInterval;
    if (low > 0 || high < 0) errors.paired += 1;
    const candidate = timesOf([samples], 1);
    const reference = timesOf([samples], 0);
    if (pooledWelch(candidate, reference) < 0.05) errors.welch += 1;
    if (pooledMannWhitney(candidate, reference) < 0.05) errors.mannWhitney += 1;
  }
  t.diagnostic(rates(errors));
  assert.ok(errors.paired >= 0.02 * TRIALS && errors.paired <= 0.08 * TRIALS, `${errors.paired} of ${TRIALS}`);
  assert.ok(errors.welch > 3 * errors.paired && errors.mannWhitney > 3 * errors.paired, rates(errors));
});

test('over draws the interval errs in at most 7 %, where pooled transactions and single draws err in far more', (t) => {
  const random = createNormalRandom(1003);
  const errors = { 'interval over 8 draws': 0, claims: 0, 'one draw': 0, 'pooled Welch': 0, 'pooled Mann-Whitney': 0 };
  let width = 0;
  for (let trial = 0; trial < TRIALS; trial++) {
    const blocks = drawBlocks(random, 8, 0);
    const draws = blocks.map(effect);
    const comparison = compareDraws({
      measure: roundTrip,
      candidate: 'twin',
      reference: 'tap',
      probe: 'rr',
      k: 2,
      draws,
      n: 9600,
      isTwin: true,
      lost: 0,
      discarded: 0,
    });
    const interval = comparison.relativeInterval;
    assert.ok(interval !== null);
    width += (interval.high - interval.low) / 2 / TRIALS;
    if (interval.low > 0 || interval.high < 0) errors['interval over 8 draws'] += 1;
    if (comparison.outcome === 'different') errors.claims += 1;
    const single = draws[0]?.withinInterval ?? { low: 0, high: 0 };
    if (single.low > 0 || single.high < 0) errors['one draw'] += 1;
    const candidate = timesOf(blocks, 1);
    const reference = timesOf(blocks, 0);
    if (pooledWelch(candidate, reference) < 0.05) errors['pooled Welch'] += 1;
    if (pooledMannWhitney(candidate, reference) < 0.05) errors['pooled Mann-Whitney'] += 1;
  }
  t.diagnostic(rates(errors));
  t.diagnostic(`mean half-width ${(100 * width).toFixed(2)} %`);
  assert.ok(errors['interval over 8 draws'] <= 0.07 * TRIALS, rates(errors));
  assert.ok(errors['interval over 8 draws'] >= 0.01 * TRIALS, rates(errors));
  assert.ok(errors.claims <= errors['interval over 8 draws'], rates(errors));
  for (const method of ['one draw', 'pooled Welch', 'pooled Mann-Whitney'] as const) {
    assert.ok(errors[method] > 2 * errors['interval over 8 draws'], rates(errors));
  }
});

test('a planted difference of 3 % is called slower over 8 draws nearly always, and of 2 % mostly', (t) => {
  const random = createNormalRandom(1004);
  const trials = 100;
  const found = [0.02, 0.03].map((difference) => {
    let slower = 0;
    for (let trial = 0; trial < trials; trial++) {
      const draws = drawBlocks(random, 8, Math.log1p(difference)).map(effect);
      const names = { candidate: 'a', reference: 'b', probe: 'rr', k: 2, isTwin: false };
      const pair = { ...names, draws, n: 9600, lost: 0, discarded: 0 };
      if (cameTo(compareDraws({ measure: roundTrip, ...pair })) === 'slower') slower += 1;
    }
    return slower / trials;
  });
  t.diagnostic(`found: 2 % in ${found[0]}, 3 % in ${found[1]}`);
  assert.ok((found[0] ?? 0) >= 0.85 && (found[1] ?? 0) >= 0.97, found.join(' '));
});

test('the draw is the sharpest unit at four draws, calibrated without a slot effect and safe with one', (t) => {
  const random = createNormalRandom(1005);
  const trials = 4000;
  for (const slot of [0, 0.008]) {
    let errors = 0;
    let drawWidth = 0;
    let pairErrors = 0;
    let pairWidth = 0;
    for (let trial = 0; trial < trials; trial++) {
      const values = [0, 1, 2, 3].map((i) => {
        const offsets = NIC_OFFSET * (random.normal() - random.normal()) + 0.005 * random.normal();
        return offsets + (i % 2 === 1 ? slot : -slot);
      });
      const { interval } = effectOverDraws(values.map(syntheticDraw));
      const [a = 0, b = 0, c = 0, d = 0] = values;
      const pairs = meanInterval([(a + b) / 2, (c + d) / 2]);
      assert.ok(interval !== null);
      if (interval.pValue < 0.05) errors += 1 / trials;
      if (pairs.pValue < 0.05) pairErrors += 1 / trials;
      drawWidth += (interval.high - interval.low) / 2 / trials;
      pairWidth += (pairs.high - pairs.low) / 2 / trials;
    }
    const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
    t.diagnostic(`slot ${percent(slot)}: draws ${percent(errors)}, half-width ${percent(drawWidth)}`);
    t.diagnostic(`slot ${percent(slot)}: pairs ${percent(pairErrors)}, half-width ${percent(pairWidth)}`);
    assert.ok(slot === 0 ? errors > 0.04 && errors < 0.06 : errors < 0.04, `${errors}`);
    assert.ok(pairErrors > 0.04 && pairErrors < 0.06 && pairWidth > 2 * drawWidth, `${pairErrors} ${pairWidth}`);
  }
});

function syntheticDraw(logRatio: number, draw: number): DrawRatio & LatencyLevels {
  return {
    draw,
    guest: 0,
    reversed: draw % 2 === 1,
    logRatio,
    withinInterval: { low: logRatio, high: logRatio },
    groups: 40,
    referenceP50Ns: 300_000,
    candidateP50Ns: 300_000,
  };
}
