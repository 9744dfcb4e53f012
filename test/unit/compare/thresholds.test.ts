// SPDX-License-Identifier: GPL-2.0-only
/** --fail-if: the grammar, and what counts as exceeded. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compareRuns } from '../../../src/compare/compare-runs.ts';
import type { CheckedThreshold, ComparisonReport, Effect, LatencyEffect } from '../../../src/compare/compare-schema.ts';
import { levelsOf } from '../../../src/compare/effect-figures.ts';
import {
  checkThresholds,
  FAIL_WHENS,
  type FailWhen,
  failsBy,
  parseThreshold,
} from '../../../src/compare/thresholds.ts';
import { HoplabError } from '../../../src/model/errors.ts';
import { formatUs } from '../../../src/words/format.ts';
import { compared, primary, side, slowed } from '../../fixtures/compared-runs.ts';
import { generateRun } from '../../fixtures/generated-run.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';

function changedBy(effect: Effect, by: Partial<LatencyEffect>): Effect {
  assert.ok(effect.measuredIn === undefined);
  return { ...effect, ...by };
}

describe('the grammar of a threshold', () => {
  it('takes ratios, changes, latencies and differences, of one path or of all', () => {
    const read = (text: string): unknown => {
      const { path, statistic, above, orEqual, limit } = parseThreshold(text);
      return [path, statistic, above, orEqual, limit];
    };
    assert.deepEqual(read('p99 > 1.25x'), [null, 'p99', true, false, { kind: 'relative', value: 0.25 }]);
    assert.deepEqual(read('tap.p50>=+5%'), ['tap', 'p50', true, true, { kind: 'relative', value: 0.05 }]);
    assert.deepEqual(read('tap-2.p99.9 > 300us'), [
      'tap-2',
      'p99.9',
      true,
      false,
      { kind: 'level', value: 300_000, unit: 'ns' },
    ]);
    assert.deepEqual(read(' mean > +20us '), [
      null,
      'mean',
      true,
      false,
      { kind: 'difference', value: 20_000, unit: 'ns' },
    ]);
    assert.deepEqual(read('p90 < -1.5ms'), [
      null,
      'p90',
      false,
      false,
      { kind: 'difference', value: -1_500_000, unit: 'ns' },
    ]);
    assert.deepEqual(read('p50<2.5Gbit/s'), [
      null,
      'p50',
      false,
      false,
      { kind: 'level', value: 2.5e9, unit: 'bit/s' },
    ]);
    assert.deepEqual(read('p999 <= 2s'), [null, 'p99.9', false, true, { kind: 'level', value: 2e9, unit: 'ns' }]);
  });

  it('refuses everything else, and says what a threshold looks like', () => {
    for (const text of [
      '',
      'p99',
      'p99 > 5',
      'p99 = 1x',
      'p98 > 1.1x',
      'p99 > +1.1x',
      'p99 > 105%',
      'p99 > 1.1 x x',
      'p99 > 1e3us',
      '.p99 > 1x',
      'p99 > -x',
      'max > 1x',
    ]) {
      assert.throws(
        () => parseThreshold(text),
        (error) => error instanceof HoplabError && error.code === 'USAGE' && /--fail-if/.test(error.message),
        text,
      );
    }
  });
});

describe('a threshold', () => {
  const outcome = (report: ComparisonReport, text: string, when: FailWhen = 'difference'): CheckedThreshold => {
    const [checked] = checkThresholds(report, [parseThreshold(text)], when).thresholds;
    assert.ok(checked);
    return checked;
  };

  it('on a latency takes the mean over the draws where two paths of one run are compared', async (context) => {
    const folder = await slowed(temporaryFolder(context), 1, { plugOffset: 0.0005 });
    const report = compareRuns(await side('a', [folder], 'tap'), [await side('b', [folder], 'user')], { version: '1' });
    const effect = primary(report, 'user');
    assert.deepEqual(effect.basis, { kind: 'direct', within: 'draws' });
    const { text } = outcome(report, 'user.p50 > 1s').cells[0] ?? assert.fail();
    assert.ok(text.startsWith(`p50 ${formatUs(levelsOf(effect).candidate)} us, `), text);
  });

  it('is exceeded, held, or not checked by estimate and interval', async (context) => {
    const root = temporaryFolder(context);
    const after = await slowed(root, 2, { path: 'macvtap', factor: 1.08 });
    const report = await compared([await slowed(root, 1)], [after]);
    const effect = primary(report, 'macvtap');
    const { relative, relativeInterval: bounds, validity } = effect;
    const { candidate: candidateNs } = levelsOf(effect);
    assert.ok(bounds !== null && bounds.low > 0.02);
    assert.equal(validity, 'valid');
    assert.equal(outcome(report, 'macvtap.p50 > 1.02x').outcome, 'exceeded');
    assert.equal(outcome(report, 'macvtap.p50 > +2%', 'sure').outcome, 'exceeded');
    assert.equal(outcome(report, 'macvtap.p50 > +50%').outcome, 'held');
    // Just below the estimate: beyond it, and different for sure, but not beyond it for sure.
    const close = `macvtap.p50 > +${(100 * (relative - 1e-4)).toFixed(3)}%`;
    assert.deepEqual(
      (['estimate', 'difference', 'sure'] as const).map((when) => outcome(report, close, when).outcome),
      ['exceeded', 'exceeded', 'not-checked'],
    );
    // Just above it: not beyond, but the interval reaches beyond it.
    const above = outcome(report, `macvtap.p50 > +${(100 * (relative + 1e-4)).toFixed(3)}%`);
    assert.equal(above.outcome, 'not-checked');
    assert.match(above.cells[0]?.text ?? '', /inconclusive, the interval reaches beyond the limit/);
    // The level is that of the overview, whose K is another than that of the draws.
    assert.equal(outcome(report, 'macvtap.p50 > 100us').outcome, 'exceeded');
    assert.equal(outcome(report, 'macvtap.p50 > 10ms').outcome, 'held');
    assert.ok(candidateNs > 100_000);
    assert.equal(outcome(report, 'macvtap.p50 > +5us').outcome, 'exceeded');
    assert.match(outcome(report, 'macvtap.p50 > +50%').cells[0]?.text ?? '', /^p50 over tap .*; itself /);
  });

  it('in us goes by the interval of the level, however its change came out', async (context) => {
    const root = temporaryFolder(context);
    const report = await compared([await slowed(root, 1)], [await slowed(root, 2)], { relativeTo: 'none' });
    const effect = primary(report, 'user');
    const { baseline, candidate } = levelsOf(effect);
    const bounds = effect.relativeInterval ?? assert.fail('no interval');
    assert.equal(effect.outcome, 'inconclusive');
    const low = baseline * (1 + bounds.low);
    const whens = (ns: number): unknown =>
      FAIL_WHENS.map((when) => outcome(report, `user.p50 > ${(ns / 1000).toFixed(3)}us`, when).outcome);
    assert.deepEqual(whens(candidate - 1000), ['exceeded', 'not-checked', 'not-checked']);
    assert.deepEqual(whens(low - 1000), ['exceeded', 'exceeded', 'exceeded']);
    assert.deepEqual(whens(candidate + 1000), ['not-checked', 'not-checked', 'not-checked']);
    assert.deepEqual(whens(baseline * (1 + bounds.high) + 1000), ['held', 'held', 'held']);
    const { cells } = outcome(report, `user.p50 > ${((candidate - 1000) / 1000).toFixed(3)}us`);
    assert.match(cells[0]?.text ?? '', /: beyond it, but the interval reaches to this side of the limit$/);
  });

  it('without a path is of every path but the control', async (context) => {
    const root = temporaryFolder(context);
    const report = await compared([await slowed(root, 1)], [await slowed(root, 2)]);
    const paths = outcome(report, 'p50 > 1.2x').cells.map(({ path }) => path);
    assert.deepEqual(paths.sort(), ['host', 'macvtap', 'passt', 'tap', 'user']);
    assert.equal(outcome(report, 'tap-twin.p50 > 1.2x').cells.length, 1);
  });

  it('that cannot be checked fails as one that is exceeded', async (context) => {
    const root = temporaryFolder(context);
    const report = await compared([await slowed(root, 1)], [await slowed(root, 2)]);
    const tail = outcome(report, 'tap.p99.9 > 2x');
    assert.equal(tail.outcome, 'not-checked');
    assert.ok(failsBy(tail));
    assert.match(tail.cells[0]?.text ?? '', /too few transactions/);
    assert.throws(() => outcome(report, 'tpa.p50 > 2x'), /no path "tpa"; there are/);
  });

  it('on a figure of an overview that was left out says so', async (context) => {
    const root = temporaryFolder(context);
    const [a, b] = [
      await generateRun({ root, seed: 1, overviewBlocks: 0 }),
      await generateRun({ root, seed: 2, overviewBlocks: 0 }),
    ];
    const tail = outcome(await compared([a.path], [b.path]), 'macvtap.p99.9 > 2x');
    assert.equal(tail.outcome, 'not-checked');
    assert.match(tail.cells[0]?.text ?? '', /^p99.9 was not measured: the overview was left out$/);
  });

  it('on an effect that is void, not controlled, or without enough draws is not checked, whatever its size', async (context) => {
    const report = await compared(
      [await slowed(temporaryFolder(context), 1)],
      [await slowed(temporaryFolder(context), 2)],
      { margin: 0.05 },
    );
    assert.equal(primary(report, 'user').outcome, 'equivalent');
    const changed = (by: Partial<LatencyEffect>): ComparisonReport => ({
      ...report,
      cells: report.cells.map((cell) => ({ ...cell, effects: cell.effects.map((effect) => changedBy(effect, by)) })),
    });
    const blind: readonly (readonly [Partial<LatencyEffect>, RegExp])[] = [
      [{ validity: 'invalid', because: 'the control failed' }, /: the control failed$/],
      [{ validity: 'not-controlled', because: 'no twin was measured' }, /: no twin was measured$/],
      [{ relativeInterval: null, differenceIntervalNs: null }, /: no interval$/],
      [{ unit: 'draws', units: { baseline: 3, candidate: 8 } }, /: too few draws for a claim$/],
    ];
    for (const limit of ['> 1.0001x', '< 0.9999x', '> 2x', '< 0.5x', '> 1us', '> 10s', '> +1ns', '< -1s'])
      for (const when of FAIL_WHENS)
        for (const [by, why] of blind) {
          const { outcome: came, cells } = outcome(changed(by), `user.p50 ${limit}`, when);
          assert.equal(came, 'not-checked', `${limit} ${when} ${why}`);
          assert.match(cells[0]?.text ?? '', why);
        }
    // A change that is neither a difference nor none is on no side of a limit, by its own interval or by Holm's correction.
    const unclear: readonly (readonly [Partial<LatencyEffect>, RegExp])[] = [
      [{ outcome: 'inconclusive' }, /: inconclusive, neither a difference nor within the margin of 5\.0 %$/],
      [
        { outcome: 'inconclusive', because: "not after Holm's correction" },
        /: inconclusive, not after Holm's correction$/,
      ],
    ];
    const sizes = [-0.5, 0.5, 0].map((relative): Partial<LatencyEffect> => {
      return { relative, relativeInterval: { low: relative - 0.01, high: relative + 0.01 } };
    });
    for (const limit of ['> 1.0001x', '< 0.9999x', '> 2x', '< 0.5x', '> +1%', '< -1%', '> +1ns', '< -1s'])
      for (const when of FAIL_WHENS)
        for (const [by, why] of unclear)
          for (const size of sizes) {
            const { outcome: came, cells } = outcome(changed({ ...size, ...by }), `user.p50 ${limit}`, when);
            assert.equal(came, 'not-checked', `${limit} ${when} ${size.relative} ${why}`);
            assert.match(cells[0]?.text ?? '', why);
          }
    for (const when of FAIL_WHENS) {
      assert.equal(outcome(report, 'user.p50 > 2x', when).outcome, 'held');
      assert.ok(failsBy(outcome(report, 'user.p50 < 2x', when)));
    }
  });

  it('on a ratio fails where what it is divided by changed itself, and names it', async (context) => {
    const root = temporaryFolder(context);
    const report = await compared([await slowed(root, 1)], [await slowed(root, 2)], { margin: 0.05 });
    const moved: ComparisonReport = {
      ...report,
      cells: report.cells.map((cell) =>
        cell.path !== 'tap'
          ? cell
          : {
              ...cell,
              effects: cell.effects.map((effect) => ({
                ...effect,
                ...{
                  outcome: 'different',
                  direction: 'slower',
                  relative: 0.3,
                  relativeInterval: { low: 0.2, high: 0.4 },
                },
              })),
            },
      ),
    };
    assert.equal(outcome(report, 'user.p50 > 2x').outcome, 'held');
    const { outcome: came, cells } = outcome(moved, 'user.p50 > 2x');
    assert.equal(came, 'not-checked');
    assert.match(cells[0]?.text ?? '', /: tap, which it is divided by, changed itself: \+30/);
    assert.equal(outcome(moved, 'user.p50 > 10ms').outcome, 'held', 'a latency has no divisor');
  });
});
