// SPDX-License-Identifier: GPL-2.0-only
/** Change points: how often one is found where there is none, and where those that are planted are found. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type DivisiveOptions, divisions } from '../../../src/stats/e-divisive.ts';
import { createNormalRandom, type NormalRandom } from '../../fixtures/normal-random.ts';

const QUICK: DivisiveOptions = { permutations: 199 };

/** Levels in ln units, each for so many points, with noise of 1. */
function series(random: NormalRandom, stretches: readonly (readonly [number, number])[]): number[] {
  return stretches.flatMap(([points, level]) => Array.from({ length: points }, () => level + random.normal()));
}

describe('change points', () => {
  it('are found in about 5 % of series that have none', (t) => {
    const random = createNormalRandom(3001);
    for (const points of [10, 20, 60]) {
      const trials = points > 30 ? 200 : 400;
      let found = 0;
      for (let trial = 0; trial < trials; trial++) {
        if (divisions(series(random, [[points, 0]]), { ...QUICK, seed: trial }).length > 0) found += 1 / trials;
      }
      t.diagnostic(`${points} points: ${(100 * found).toFixed(1)} %`);
      assert.ok(found < 0.085, `${points} points: ${found}`);
    }
  });

  it('are found at or beside the place where the level moves by three standard deviations', (t) => {
    const random = createNormalRandom(3002);
    let near = 0;
    const trials = 100;
    for (let trial = 0; trial < trials; trial++) {
      const [first] = divisions(
        series(random, [
          [12, 0],
          [8, 3],
        ]),
        QUICK,
      );
      if (first !== undefined && Math.abs(first.index - 12) <= 1) near += 1;
    }
    t.diagnostic(`${near} of ${trials}`);
    assert.ok(near >= 90, `${near} of ${trials}`);
  });

  it('of a bump are both edges, and of a staircase every step', () => {
    const random = createNormalRandom(3003);
    const bump = divisions(
      series(random, [
        [20, 0],
        [10, 5],
        [20, 0],
      ]),
      QUICK,
    ).map(({ index }) => index);
    assert.deepEqual(bump, [20, 30]);
    const stairs = divisions(
      series(random, [
        [20, 0],
        [20, 6],
        [20, 12],
      ]),
      QUICK,
    ).map(({ index }) => index);
    assert.deepEqual(stairs, [20, 40]);
  });

  it('are not made by single wild runs, and not hidden by them', (t) => {
    const random = createNormalRandom(3004);
    let made = 0;
    let found = 0;
    for (let trial = 0; trial < 100; trial++) {
      const wild = series(random, [[30, 0]]);
      wild[7] = 500;
      wild[20] = -900;
      if (divisions(wild, QUICK).length > 0) made += 1;
      const moved = series(random, [
        [15, 0],
        [15, 4],
      ]);
      moved[4] = 1000;
      if (divisions(moved, QUICK).some(({ index }) => Math.abs(index - 15) <= 1)) found += 1;
    }
    t.diagnostic(`made ${made}, found ${found} of 100`);
    assert.ok(made <= 11 && found >= 95, `made ${made}, found ${found} of 100`);
  });

  it('are the same with the same seed', () => {
    const values = series(createNormalRandom(3005), [
      [14, 0],
      [9, 2],
    ]);
    assert.deepEqual(divisions(values, { ...QUICK, seed: 5 }), divisions(values, { ...QUICK, seed: 5 }));
  });

  it('need ten points, and three on each side', () => {
    const step = [0, 0, 0, 0, 0, 9, 9, 9, 9, 9];
    assert.equal(divisions(step, QUICK)[0]?.index, 5);
    assert.deepEqual(divisions(step.slice(1), QUICK), []);
    assert.deepEqual(divisions([], QUICK), []);
    assert.throws(() => divisions(step, { least: 1 }), RangeError);
  });

  it('of equal values are none', () => {
    assert.deepEqual(divisions(new Array<number>(50).fill(3), QUICK), []);
  });

  it('of a thousand points are found', () => {
    const values = series(createNormalRandom(3006), [
      [600, 0],
      [400, 1],
    ]);
    const [first] = divisions(values, { permutations: 49 });
    assert.ok(first !== undefined && Math.abs(first.index - 600) < 15, `${first?.index}`);
  });
});
