// SPDX-License-Identifier: GPL-2.0-only
/** The rounds that a run adds: crossover pairs of what is open, until nothing is, or a budget is spent. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeLab } from '../../../src/config/make-lab.ts';
import { addDraws } from '../../../src/lab/measure/add-draws.ts';
import { planLab } from '../../../src/lab/plan/plan.ts';
import type { Comparison } from '../../../src/model/result.ts';
import { createNormalRandom } from '../../fixtures/normal-random.ts';
import { simulateUntil } from '../../fixtures/simulated/simulate-until.ts';

const FACTS = { cpus: [0, 1], isolatedCpus: [], vhostNet: false, arch: 'x86_64' };

/** Comparisons over their first draws: a wide twin, a wide macvtap, and a passt that is slower beyond doubt. */
function looked(draws: number): readonly Comparison[] {
  const random = createNormalRandom(9);
  const noise = { random, stddev: 0.02, noise: 'normal', halfWidth: 9, margin: 0.01, maxDraws: 40 } as const;
  const judged = simulateUntil({ ...noise, effects: [0, 0, 0.5] });
  return judged.map((one, index) => {
    const [draw] = one.draws;
    assert.ok(draw !== undefined);
    const taken = Array.from({ length: index === 2 ? 4 : draws }, (_, number) => ({ ...draw, draw: number }));
    const names = { probe: 'tcp-rr', reference: 'tap', candidate: ['tap-twin', 'macvtap', 'passt'][index] ?? '' };
    const wide = { outcome: 'inconclusive', relativeInterval: { low: -0.05, high: 0.05 } } as const;
    return { ...one, ...names, draws: taken, ...(index === 2 ? {} : wide) };
  });
}

interface Budget {
  readonly maxDraws: number;
  readonly maxTimeNs: number | null;
  readonly startedAt: number;
}

function rounds({ maxDraws = 8, maxTimeNs = null, startedAt = Date.now() }: Partial<Budget> = {}) {
  const spec = makeLab(null, { only: ['tap', 'macvtap', 'passt'], until: 0.01, maxDraws });
  const plan = planLab(spec, FACTS, []);
  const told: string[] = [];
  let draws = 4;
  const rule = { halfWidth: 0.01, maxDraws, maxTimeNs };
  const next = addDraws({ plan, rule, startedAt, compare: async () => looked(draws), tell: (text) => told.push(text) });
  const measured = (more: number): void => {
    draws += more;
  };
  return { next, told, measured };
}

describe('draws that are added', () => {
  it('are a crossover pair of each open comparison and of its control, K = 2, in the guest that is up', async () => {
    const { next, told, measured } = rounds();
    const first = await next();
    assert.equal(first.length, 4);
    assert.deepEqual([...new Set(first.map(({ paths }) => paths.join()))].sort(), ['macvtap,tap', 'tap-twin,tap']);
    assert.deepEqual(
      first.map(({ draw, slots, paths, guest }) => [draw?.draw, slots[0] === paths[1], paths.length, guest]),
      [4, 5, 4, 5].map((draw) => [draw, draw % 2 === 1, 2, 0]),
    );
    measured(2);
    assert.deepEqual(
      (await next()).map(({ draw }) => draw?.draw),
      [6, 7, 6, 7],
    );
    measured(2);
    assert.deepEqual(await next(), [], 'the budget of 8 draws is spent');
    assert.match(told[0] ?? '', /^4 draws: 2 of 3 comparisons go on, tap-twin ±5\.0 %, macvtap ±5\.0 %/);
  });

  it('end where a round brought no draw, and where the time is over', async () => {
    const stuck = rounds();
    assert.equal((await stuck.next()).length, 4);
    assert.deepEqual(await stuck.next(), [], 'neither could be measured');
    const late = rounds({ maxTimeNs: 1e9, startedAt: Date.now() - 2000 });
    assert.deepEqual(await late.next(), []);
  });
});
