// SPDX-License-Identifier: GPL-2.0-only
/** Runs beside each other: effects that are planted are found, and those that are not are not claimed. */
import assert from 'node:assert/strict';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import { buildTrend } from '../../../src/compare/build-trend.ts';
import { comparisonNotes } from '../../../src/compare/compare-notes.ts';
import { compareRuns } from '../../../src/compare/compare-runs.ts';
import { differenceOf, levelsOf } from '../../../src/compare/effect-figures.ts';
import { readTrendRun } from '../../../src/compare/read-trend-run.ts';
import { isDifferent } from '../../../src/model/result.ts';
import { buildReport } from '../../../src/results/run/build.ts';
import { readRun } from '../../../src/run-store/read-run.ts';
import { cellFor, compared, edit, primary, side, slowed } from '../../fixtures/compared-runs.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';
import { cameTo } from '../../support/came-to.ts';

describe('two runs of the same set-up', () => {
  it('differ in nothing that is claimed, and say how much they could differ', async (context) => {
    const root = temporaryFolder(context);
    const report = await compared([await slowed(root, 1)], [await slowed(root, 2)]);
    assert.equal(report.refused, false);
    assert.deepEqual(report.unlike, []);
    const claims = report.cells.flatMap(({ effects }) => effects.filter(isDifferent));
    assert.deepEqual(claims, []);
    const effect = primary(report, 'macvtap');
    const { relativeInterval: bounds, standing, unit, units } = effect;
    assert.ok(bounds !== null && bounds.low < 0 && bounds.high > 0 && bounds.high < 0.06);
    assert.deepEqual([cameTo(effect), standing, unit, units.baseline], ['inconclusive', 'indication', 'draws', 4]);
  });

  it('take the ratio to the reference where both have it, and the latency of the reference itself', async (context) => {
    const root = temporaryFolder(context);
    const report = await compared([await slowed(root, 1)], [await slowed(root, 2)]);
    assert.deepEqual(primary(report, 'macvtap').basis, { kind: 'relative', to: 'tap', within: 'draws' });
    assert.deepEqual(primary(report, 'macvtap').k, { baseline: [2], candidate: [2] });
    assert.deepEqual(primary(report, 'tap').basis, { kind: 'absolute' });
    assert.equal(primary(report, 'tap').assumedRunStddev, 0.11);
    const host = await compared([await slowed(root, 1)], [await slowed(root, 2)], { relativeTo: 'host' });
    assert.deepEqual(primary(host, 'tap').basis, { kind: 'relative', to: 'host', within: 'rounds' });
    const alone = await compared([await slowed(root, 1)], [await slowed(root, 2)], { relativeTo: 'none' });
    assert.ok(alone.cells.every(({ effects }) => effects.every(({ basis }) => basis.kind === 'absolute')));
  });

  it('without draws fall back on the rotation of the overview', async (context) => {
    const root = temporaryFolder(context);
    const report = await compared([await slowed(root, 1, { draws: 0 })], [await slowed(root, 2, { draws: 0 })]);
    const effect = primary(report, 'macvtap');
    assert.deepEqual(effect.basis, { kind: 'relative', to: 'tap', within: 'rotation' });
    assert.deepEqual([effect.unit, effect.units.candidate, effect.assumedRunStddev], ['blocks', 2, 0.012]);
  });

  it('give p99 only where a block or the run has 1,000 transactions, and p99.9 from 10,000', async (context) => {
    const root = temporaryFolder(context);
    const report = await compared([await slowed(root, 1)], [await slowed(root, 2)]);
    const statistics = (path: string): string[] =>
      cellFor(report, path).effects.flatMap(({ statistic, primary: first }) => (first ? [statistic] : []));
    // 400 transactions in the overview, draws of 1,000.
    assert.deepEqual(statistics('tap'), ['p50', 'p90']);
    assert.deepEqual(statistics('macvtap'), ['p50', 'p90', 'p99']);
  });
});

describe('a path that became slower', () => {
  it('is found, with its size, and the others are left alone', async (context) => {
    const root = temporaryFolder(context);
    const after = await slowed(root, 2, { path: 'macvtap', factor: 1.08 });
    const report = await compared([await slowed(root, 1)], [after]);
    const effect = primary(report, 'macvtap');
    const { relative, relativeInterval: bounds } = effect;
    assert.equal(cameTo(effect), 'slower');
    assert.ok(bounds !== null && bounds.low < 0.08 && bounds.high > 0.08, `${relative}`);
    assert.ok(Math.abs(differenceOf(effect).value - relative * levelsOf(effect).baseline) < 1e-6);
    for (const path of ['user', 'passt', 'tap', 'host']) assert.equal(isDifferent(primary(report, path)), false, path);
  });

  it('is a verdict from four runs a side, and the runs are then the unit', async (context) => {
    const root = temporaryFolder(context);
    const runs = (seed: number, factor: number): Promise<string[]> =>
      Promise.all([0, 1, 2, 3].map((i) => slowed(root, seed + i, { path: 'macvtap', factor, draws: 2, count: 100 })));
    const report = await compared(await runs(10, 1), await runs(20, 1.05));
    const effect = primary(report, 'macvtap');
    const { standing, unit, units, assumedRunStddev } = effect;
    assert.deepEqual([cameTo(effect), standing, unit], ['slower', 'verdict', 'runs']);
    assert.deepEqual(units, { baseline: 4, candidate: 4 });
    assert.equal(assumedRunStddev, null);
  });

  it('is told from several candidates, each against the baseline', async (context) => {
    const root = temporaryFolder(context);
    const [a, b, c] = [1, 2, 3].map((seed) => slowed(root, seed, seed === 3 ? { path: 'user', factor: 1.1 } : {}));
    const report = compareRuns(
      await side('a', [(await a) ?? '']),
      [await side('b', [(await b) ?? '']), await side('c', [(await c) ?? ''])],
      { version: '0.1.0' },
    );
    const user = report.cells
      .filter(({ path }) => path === 'user')
      .map(({ effects }) => cameTo(effects[0] ?? assert.fail()));
    assert.deepEqual(user, ['inconclusive', 'slower']);
  });
});

describe('two paths of one run', () => {
  it('have the figures that its own report has', async (context) => {
    const folder = await slowed(temporaryFolder(context), 5, { path: 'user', factor: 1.05 });
    const report = compareRuns(await side('r', [folder], 'tap'), [await side('r', [folder], 'user')], { version: '1' });
    const own = buildReport(await readRun(folder)).probes[0]?.comparisons.find(({ candidate }) => candidate === 'user');
    const effect = primary(report, 'user');
    assert.deepEqual(effect.basis, { kind: 'direct', within: 'draws' });
    assert.ok(own?.relativeInterval && effect.relativeInterval);
    assert.ok(Math.abs(effect.relative - own.relative) < 1e-9);
    assert.ok(Math.abs(effect.relativeInterval.high - own.relativeInterval.high) < 1e-9);
    assert.deepEqual([cameTo(effect), effect.standing], [cameTo(own), own.standing]);
  });

  it('are compared the other way round as well, and over the rotation where no draw has both', async (context) => {
    const folder = await slowed(temporaryFolder(context), 5);
    const of = async (a: string, b: string) =>
      compareRuns(await side('r', [folder], a), [await side('r', [folder], b)], { version: '1' });
    const there = primary(await of('tap', 'user'), 'user').relative;
    const back = primary(await of('user', 'tap'), 'tap').relative;
    assert.ok(Math.abs((1 + there) * (1 + back) - 1) < 1e-9);
    assert.deepEqual(primary(await of('user', 'passt'), 'passt').basis, { kind: 'direct', within: 'rotation' });
    assert.deepEqual(primary(await of('host', 'tap'), 'tap').basis, { kind: 'direct', within: 'rounds' });
  });
});

describe('every transaction is accounted for', () => {
  it('sent = used + warm-up + lost + discarded, with losses', async (context) => {
    const root = temporaryFolder(context);
    const lossy = await slowed(root, 2, { lossShare: { tap: 0.02 } });
    const report = await compared([await slowed(root, 1)], [lossy]);
    for (const cell of report.cells) {
      for (const { sent, used, warmup, lost, discarded } of [cell.baselineSamples, cell.candidateSamples]) {
        assert.equal(sent, used + warmup + lost + discarded);
      }
    }
    // Overview: 2 blocks of 200 after 100; draws: 4 of 1,000 after 100, with each of four others.
    assert.equal(cellFor(report, 'tap').baselineSamples.sent, 2 * 300 + 16 * 1100);
    assert.ok(cellFor(report, 'tap').candidateSamples.lost > 100);
    const { effects } = cellFor(report, 'macvtap');
    assert.equal(effects[0]?.n.baseline, 4000);
  });

  it('a block that cannot be read is counted as left out, with why, and the rest is compared', async (context) => {
    const root = temporaryFolder(context);
    const [a, b] = [await slowed(root, 1), await slowed(root, 2)];
    writeFileSync(join(b, 'samples', 'draw-1-macvtap.hls'), 'HOPLABS\nnonsense');
    const report = await compared([a], [b]);
    assert.equal(cellFor(report, 'macvtap').candidateSamples.blocksLeftOut, 1);
    assert.equal(primary(report, 'macvtap').units.candidate, 3);
    assert.equal(cameTo(primary(report, 'macvtap')), 'inconclusive');
    assert.equal(primary(report, 'user').units.candidate, 4);
    assert.ok(report.missing.some(({ reason }) => /draw-1-macvtap.*SAMPLES_CORRUPT/.test(reason)));
  });

  it('a path that one run lacks is missing with the reason of that run', async (context) => {
    const root = temporaryFolder(context);
    const [a, b] = [await slowed(root, 1), await slowed(root, 2)];
    for (const name of readdirSync(join(b, 'blocks')).filter((file) => file.includes('passt')))
      rmSync(join(b, 'blocks', name));
    edit<{ paths: string[] }>(b, 'blocks/overview-tcp-rr-guest-0.json', (block) => ({
      ...block,
      paths: block.paths.map((path) => (path === 'passt' ? 'other' : path)),
    }));
    edit<{ paths: string[] }>(b, 'blocks/overview-tcp-rr-guest-1.json', (block) => ({
      ...block,
      paths: block.paths.map((path) => (path === 'passt' ? 'other' : path)),
    }));
    writeFileSync(
      join(b, 'failed.json'),
      JSON.stringify([
        {
          part: 'overview',
          probe: 'tcp-rr',
          path: 'passt',
          draw: null,
          code: 'SERVICE_FAILED',
          reason: 'passt died',
          hint: null,
        },
      ]),
    );
    const report = await compared([a], [b]);
    assert.ok(!report.cells.some(({ path }) => path === 'passt'));
    assert.ok(report.missing.some(({ path, reason }) => path === 'passt' && /SERVICE_FAILED: passt died/.test(reason)));
    assert.equal(cameTo(primary(report, 'user')), 'inconclusive');
    const reason = 'SERVICE_FAILED: passt died';
    const { reason: compares } =
      report.missing.find(({ path }) => path === 'passt') ?? assert.fail('nothing is missing');
    assert.equal(compares, `${basename(b)}: ${reason}`);
    const runs = [await readTrendRun(a, '0.1.0'), await readTrendRun(b, '0.1.0')];
    const { setAside } = buildTrend(runs, { version: '0.1.0', path: 'passt' });
    assert.deepEqual(setAside, [{ run: basename(b), reason: `passt: ${reason}` }], 'a trend has the same reason');
  });

  it('a figure for which there are too few transactions is missing with that reason, in a trend as well', async (context) => {
    const root = temporaryFolder(context);
    const [a, b] = [await slowed(root, 1), await slowed(root, 2)];
    const { cells, missing } = await compared([a], [b], { statistics: ['p99.9'], only: ['tap'] });
    assert.deepEqual(cells, []);
    const reason = 'too few transactions for p99.9';
    assert.deepEqual(missing, [{ candidate: 0, probe: 'tcp-rr', path: 'tap', reason }]);
    const options = { version: '0.1.0', path: 'tap', statistic: 'p99.9' } as const;
    const { setAside } = buildTrend([await readTrendRun(a, '0.1.0')], options);
    assert.deepEqual(setAside, [{ run: basename(a), reason }]);
  });
});

describe('the notes of a comparison', () => {
  it('have one method for each figure, and say of which paths where there are two', async (context) => {
    const root = temporaryFolder(context);
    const [a, b] = [await slowed(root, 1), await slowed(root, 2)];
    // One draw of user is gone: another number of draws, and not another method.
    writeFileSync(join(b, 'samples', 'draw-1-user.hls'), 'HOPLABS\nnonsense');
    const report = await compared([a], [b], { statistics: ['p50'] });
    const shown = report.cells.flatMap(({ effects }) => effects);
    const methods = comparisonNotes(report, shown, []).filter((note) => /^p50/.test(note));
    assert.deepEqual(
      methods.map((note) => note.split(':')[0]),
      ['p50 itself', 'p50 over tap'],
    );
  });
});

describe('a control that fails', () => {
  it('voids the ratios of its probe', async (context) => {
    const root = temporaryFolder(context);
    const report = await compared([await slowed(root, 1)], [await slowed(root, 2, { path: 'tap-twin', factor: 1.1 })]);
    const effect = primary(report, 'macvtap');
    const { because } = effect;
    assert.equal(cameTo(effect), 'invalid');
    assert.match(because, /A\/A control tap-twin came out different/);
    assert.equal(cameTo(primary(report, 'tap')), 'inconclusive');
  });
});
