// SPDX-License-Identifier: GPL-2.0-only
/** Simulated runs whose draws are added: false claims, coverage and draws, with and without the correction for looking. */
import { createNormalRandom } from '../../test/fixtures/normal-random.ts';
import { type SimulatedRun, simulateUntil } from '../../test/fixtures/simulated/simulate-until.ts';
import type { BenchContext } from './bench-process.ts';
import { percent } from './goal-table.ts';

const EQUAL = [0, 0, 0, 0, 0, 0];
const CASES = [
  { stddev: 0.007, halfWidth: 0.01, margin: 0.01, maxDraws: 40 },
  { stddev: 0.02, halfWidth: 0.01, margin: 0.01, maxDraws: 40 },
  { stddev: 0.007, halfWidth: 0.002, margin: 0, maxDraws: 16 },
] as const;
const PLANTED = [0, 0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1];

export function benchUntilSimulation({ print }: BenchContext, runs: number): void {
  const random = createNormalRandom(2026);
  print(`\n${runs} simulated runs each: a twin and five comparisons, looks from 4 draws on`);
  for (const noise of ['normal', 'heavy and drifting'] as const) {
    for (const one of CASES) {
      for (const corrected of [true, false]) {
        const { wrong, covered, draws } = tally(runs, { ...one, random, effects: EQUAL, noise, corrected });
        const what = `sd ${percent(one.stddev, { digits: 1 })}, margin ${percent(one.margin, { digits: 0 })}, ${noise}`;
        const rule = corrected ? 'until' : '95 % at each look';
        print(`  ${what}, ${rule}: claims in ${percent(wrong)} of runs, coverage ${percent(covered)}, ${draws} draws`);
      }
    }
  }
  for (const stddev of [0.007, 0.015, 0.03]) {
    const means = PLANTED.map((effect) => {
      const run = { random, stddev, noise: 'normal', halfWidth: 0.01, margin: 0.01, maxDraws: 40 } as const;
      return tally(Math.ceil(runs / 20), { ...run, effects: [0, Math.log1p(effect)] }).draws;
    });
    print(`  sd ${percent(stddev, { digits: 1 })}: draws for effects of ${PLANTED.join(' ')}: ${means.join(' ')}`);
  }
}

function tally(runs: number, run: SimulatedRun) {
  let wrong = 0;
  let covered = 0;
  let draws = 0;
  for (let i = 0; i < runs; i++) {
    const comparisons = simulateUntil(run);
    if (comparisons.some(({ isTwin, outcome }) => !isTwin && outcome === 'different')) wrong += 1 / runs;
    const holding = comparisons.filter(({ relativeInterval: bounds }, index) => {
      const truth = Math.expm1(run.effects[index] ?? 0);
      return bounds !== null && bounds.low <= truth && bounds.high >= truth;
    });
    covered += holding.length / comparisons.length / runs;
    draws += (comparisons.at(-1)?.draws.length ?? 0) / runs;
  }
  return { wrong, covered, draws: draws.toFixed(1) };
}
