// SPDX-License-Identifier: GPL-2.0-only
/** --fail-if: the grammar, and what counts as exceeded. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CheckedThreshold, ComparisonReport } from '../../../src/compare/compare-schema.ts';
import { checkThresholds, type FailWhen, failsBy, parseThreshold } from '../../../src/compare/thresholds.ts';
import { HoplabError } from '../../../src/model/errors.ts';
import { compared, primary, slowed } from '../../fixtures/compared-runs.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';

describe('the grammar of a threshold', () => {
  it('takes ratios, changes, latencies and differences, of one path or of all', () => {
    const read = (text: string): unknown => {
      const { path, statistic, above, orEqual, limit } = parseThreshold(text);
      return [path, statistic, above, orEqual, limit];
    };
    assert.deepEqual(read('p99 > 1.25x'), [null, 'p99', true, false, { kind: 'relative', value: 0.25 }]);
    assert.deepEqual(read('tap.p50>=+5%'), ['tap', 'p50', true, true, { kind: 'relative', value: 0.05 }]);
    assert.deepEqual(read('tap-2.p99.9 > 300us'), ['tap-2', 'p99.9', true, false, { kind: 'level', ns: 300_000 }]);
    assert.deepEqual(read(' mean > +20us '), [null, 'mean', true, false, { kind: 'difference', ns: 20_000 }]);
    assert.deepEqual(read('p90 < -1.5ms'), [null, 'p90', false, false, { kind: 'difference', ns: -1_500_000 }]);
    assert.deepEqual(read('p999 <= 2s'), [null, 'p99.9', false, true, { kind: 'level', ns: 2e9 }]);
  });

  it('refuses everything else, and says what a threshold looks like', () => {
    for (const text of [
      '',
      'p99',
      'p99 > 5',
      'p99 = 1x',
      'p98 > 1.1x',
      'p99 > +1.1x',
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

  it('is exceeded, held, or unsure by estimate and interval', async (context) => {
    const root = temporaryFolder(context);
    const after = await slowed(root, 2, { path: 'macvtap', factor: 1.08 });
    const report = await compared([await slowed(root, 1)], [after]);
    const { relative, relativeInterval: bounds, candidateNs } = primary(report, 'macvtap');
    assert.ok(bounds !== null && bounds.low > 0.02);
    assert.equal(outcome(report, 'macvtap.p50 > 1.02x').outcome, 'exceeded');
    assert.equal(outcome(report, 'macvtap.p50 > +2%', 'sure').outcome, 'exceeded');
    assert.equal(outcome(report, 'macvtap.p50 > +50%').outcome, 'held');
    // Just below the estimate: beyond it, and different for sure, but not beyond it for sure.
    const close = `macvtap.p50 > +${(100 * (relative - 1e-4)).toFixed(3)}%`;
    assert.deepEqual(
      (['estimate', 'difference', 'sure'] as const).map((when) => outcome(report, close, when).outcome),
      ['exceeded', 'exceeded', 'unsure'],
    );
    // No difference: the estimate may be above 0, and that is no failure.
    const user = primary(report, 'user');
    const sign = user.relative > 0 ? ['>', '-'] : ['<', '+'];
    const small = `user.p50 ${sign[0]} ${sign[1]}0.001%`;
    assert.equal(outcome(report, small).outcome, 'unsure');
    assert.equal(outcome(report, small, 'estimate').outcome, 'exceeded');
    assert.equal(failsBy(outcome(report, small)), false);
    // The level is that of the overview, whose K is another than that of the draws.
    assert.equal(outcome(report, 'macvtap.p50 > 100us').outcome, 'exceeded');
    assert.equal(outcome(report, 'macvtap.p50 > 10ms').outcome, 'held');
    assert.ok(candidateNs > 100_000);
    assert.equal(outcome(report, 'macvtap.p50 > +5us').outcome, 'exceeded');
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
    assert.equal(tail.outcome, 'missing');
    assert.ok(failsBy(tail));
    assert.match(tail.cells[0]?.text ?? '', /too few transactions/);
    assert.throws(() => outcome(report, 'tpa.p50 > 2x'), /no path "tpa"; there are/);
  });

  it('on an effect that is void is unsure', async (context) => {
    const root = temporaryFolder(context);
    const twin = await slowed(root, 2, { path: 'tap-twin', factor: 1.1 });
    const report = await compared([await slowed(root, 1)], [twin]);
    const { relative } = primary(report, 'user');
    const text = relative > 0 ? 'user.p50 > +0%' : 'user.p50 < +0%';
    assert.equal(outcome(report, text).outcome, 'unsure');
  });
});
