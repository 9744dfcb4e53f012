// SPDX-License-Identifier: GPL-2.0-only
/** A run whose draws were added says why it ended: of each comparison, of the whole, and in a sentence. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeLab } from '../../../src/config/make-lab.ts';
import type { FailedCell } from '../../../src/model/block.ts';
import type { Comparison, Report } from '../../../src/model/result.ts';
import type { RunState } from '../../../src/model/run-header.ts';
import { untilOf, withEnding } from '../../../src/results/run/endings.ts';
import { RUN_FORMAT } from '../../../src/run-store/layout.ts';
import { untilSentence } from '../../../src/words/until.ts';
import { createNormalRandom } from '../../fixtures/normal-random.ts';
import { simulateUntil } from '../../fixtures/simulated/simulate-until.ts';

const MINUTE = 60e9;

function runOf(state: RunState, failed: readonly FailedCell[] = []) {
  const spec = makeLab(null, { only: ['tap', 'macvtap'], until: 0.01, maxDraws: 8, maxTimeNs: 5 * MINUTE });
  const head = { format: RUN_FORMAT, id: 'a', label: null, startedAt: '2026-01-01T00:00:00Z', endedAt: null } as const;
  return { spec, failed, header: { ...head, state, tool: { name: 'hoplab', version: '1' }, argv: [] } } as const;
}

/** Too noisy for a claim, with that half-width. */
function open(halfWidth: number, count: number): Comparison {
  const random = createNormalRandom(5);
  const noise = { effects: [0, 0], stddev: 0.3, noise: 'normal' } as const;
  const [, one] = simulateUntil({ random, ...noise, halfWidth: 9, margin: 0.01, maxDraws: 8 });
  assert.ok(one?.sequential !== undefined);
  const [draw] = one.draws;
  assert.ok(draw !== undefined);
  const draws = Array.from({ length: count }, (_, number) => ({ ...draw, draw: number }));
  const relativeInterval = { low: -halfWidth, high: halfWidth };
  return { ...one, candidate: 'macvtap', outcome: 'inconclusive', validity: 'valid', relativeInterval, draws };
}

const endingOf = (run: ReturnType<typeof runOf>, one: Comparison) => withEnding(run, one).sequential?.ended;

function sentenceOf(run: ReturnType<typeof runOf>, ...all: readonly Comparison[]): string | null {
  const comparisons = all.map((one) => withEnding(run, one));
  const probes = [{ comparisons }] as unknown as Report['probes'];
  const report = { probes, ...untilOf(run, comparisons) } as Report;
  return untilSentence(report, (name) => name);
}

describe('a run whose draws are added', () => {
  it('ends where its rule says, or where a budget does', () => {
    const finished = runOf('finished');
    const lost = { part: 'comparison', probe: 'rr', path: 'macvtap', code: 'X', reason: '', hint: null } as const;
    const draw = { pair: ['macvtap', 'tap'], draw: 5, guest: 0, reversed: true } as const;
    assert.equal(endingOf(finished, open(0.009, 4)), 'precise');
    assert.equal(endingOf(finished, { ...open(0.02, 4), outcome: 'different' }), 'settled');
    assert.equal(endingOf(finished, { ...open(0.02, 4), validity: 'invalid' }), 'control');
    assert.equal(endingOf(finished, open(0.02, 8)), 'draws');
    assert.equal(endingOf(finished, open(0.02, 6)), 'time');
    assert.equal(endingOf(runOf('finished', [{ ...lost, draw }]), open(0.02, 4)), 'failed');
    assert.equal(endingOf(runOf('interrupted'), open(0.02, 5)), 'interrupted');
    assert.equal(endingOf(runOf('interrupted'), open(0.009, 5)), 'precise');
    assert.equal(endingOf(runOf('running'), open(0.02, 4)), null);
  });

  it('says it in a sentence', () => {
    const settled = { ...open(0.02, 4), outcome: 'equivalent' } as const;
    const finished = runOf('finished');
    assert.equal(sentenceOf(finished, open(0.009, 8)), 'stopped after 8 draws: every interval is within ±1 %');
    assert.equal(
      sentenceOf(finished, settled, open(0.009, 8)),
      'stopped after 8 draws: every comparison is settled, or its interval within ±1 %',
    );
    assert.equal(sentenceOf(finished, settled), 'stopped after 4 draws: every comparison is settled');
    assert.equal(sentenceOf(finished, settled, open(0.023, 8)), 'the budget of 8 draws ended it: macvtap ±2.3 %');
    assert.equal(
      sentenceOf(finished, settled, open(0.023, 6)),
      'the budget of 5 min ended it after 6 draws: macvtap ±2.3 %',
    );
    assert.equal(sentenceOf(runOf('interrupted'), open(0.023, 5)), 'interrupted after 5 draws: macvtap ±2.3 %');
  });
});
