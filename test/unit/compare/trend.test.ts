// SPDX-License-Identifier: GPL-2.0-only
/** A trend over recorded runs: no change where none was made, the planted one found, and what cannot be read listed. */
import assert from 'node:assert/strict';
import { readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { buildTrend, type TrendOptions } from '../../../src/compare/build-trend.ts';
import { readTrendRun } from '../../../src/compare/read-trend-run.ts';
import { selectTrendRuns, type TrendSelection } from '../../../src/compare/select-trend-runs.ts';
import { plot, sparkline } from '../../../src/compare/sparkline.ts';
import { type TrendReport, trendReportSchema } from '../../../src/compare/trend-schema.ts';
import { renderTrend } from '../../../src/compare/trend-text.ts';
import { HoplabError } from '../../../src/model/errors.ts';
import type { RunHeader } from '../../../src/model/run-header.ts';
import { renderJson } from '../../../src/results/json.ts';
import { edit, slowed } from '../../fixtures/compared-runs.ts';
import { assertGolden } from '../../fixtures/golden.ts';
import { projectFolder } from '../../fixtures/project-folder.ts';
import { recordedRuns } from '../../fixtures/recorded-comparisons.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';

const SCHEMA = join('schema', 'trend.schema.json');
const VERSION = '0.1.0';

async function trendOf(
  root: string,
  options: Partial<TrendOptions> = {},
  selection: Partial<TrendSelection> = {},
): Promise<TrendReport> {
  const all = { root, label: null, since: null, last: null, version: VERSION, signal: new AbortController().signal };
  const { runs, setAside } = await selectTrendRuns({ ...all, ...selection });
  const report = buildTrend(runs, { version: VERSION, setAside, ...options });
  const series = report.series.map((one) => ({
    ...one,
    points: one.points.map((point) => ({ ...point, folder: `/runs/${point.run}` })),
  }));
  return { ...report, series };
}

function only(report: TrendReport) {
  const [series, second] = report.series;
  assert.ok(series !== undefined && second === undefined, `${report.series.length} series`);
  return series;
}

describe('the trend of recorded runs', () => {
  const RATIO = { path: 'macvtap', relativeTo: 'tap' };

  it('of twelve runs of one lab has no change point in a ratio within the rotation', async (context) => {
    const { root, folders } = recordedRuns(context, 'nightly');
    for (const folder of folders.slice(12)) rmSync(folder, { recursive: true });
    const series = only(await trendOf(root, RATIO));
    assert.equal(series.points.length, 12);
    assert.deepEqual(series.changePoints, []);
    assert.equal(series.moreRunsNeeded, 0);
    assert.ok((series.runStddev ?? 1) < 0.015);
  });

  it('finds the bridges that were put behind tap, at their run, and says that its options changed there', async (context) => {
    const { root, folders } = recordedRuns(context, 'nightly');
    const series = only(await trendOf(root, RATIO));
    const [change, second] = series.changePoints;
    assert.ok(change !== undefined && second === undefined);
    assert.equal(change.run, basename(folders[12] ?? ''));
    assert.ok(change.pValue <= 0.01 && change.relative < -0.05 && !change.withinMargin);
    const { relativeInterval: bounds } = change;
    assert.ok(bounds !== null && bounds.low < change.relative && bounds.high > change.relative);
    assert.deepEqual(
      change.changes.map(({ key, path }) => [key, path]),
      [['options', 'tap']],
    );
    assert.deepEqual(
      series.points.flatMap(({ changes }, i) => (changes.length > 0 ? [i] : [])),
      [12],
    );
    assert.deepEqual(
      series.segments.map(({ first, last }) => [first, last]),
      [
        [0, 11],
        [12, 19],
      ],
    );
  });

  it('says of a change whose interval holds 0 that its size is open', async (context) => {
    const { root } = recordedRuns(context, 'nightly');
    const report = await trendOf(root, RATIO);
    const wide = (low: number, high: number): TrendReport => ({
      ...report,
      series: report.series.map((one) => ({
        ...one,
        changePoints: one.changePoints.map((change) => ({ ...change, relativeInterval: { low, high } })),
      })),
    });
    const shown = (one: TrendReport) => renderTrend(one, { width: 200, colour: false, ascii: false });
    assert.match(
      shown(wide(-0.3, 0.05)),
      /p = [^)]*\); its interval holds 0, so how large it is, and which way, is open/,
    );
    assert.doesNotMatch(shown(wide(-0.3, -0.05)), /is open/);
  });

  it('is as it was in text and JSON', async (context) => {
    const { root } = recordedRuns(context, 'nightly');
    const report = await trendOf(root, RATIO);
    assertGolden('trend/100.txt', renderTrend(report, { width: 100, colour: false, ascii: false }));
    assertGolden('trend/trend.json', renderJson(report));
    const all = await trendOf(root);
    assert.deepEqual(
      all.series.map(({ path }) => path),
      ['host', 'tap', 'macvtap'],
    );
    assertGolden('trend/all-80.txt', renderTrend(all, { width: 80, colour: false, ascii: true }));
    const lines = renderTrend(all, { width: 80, colour: false, ascii: false }).split('\n');
    assert.deepEqual(
      lines.filter((line) => [...line].length > 80),
      [],
    );
  });

  it('is valid under the published schema', async (context) => {
    const { root } = recordedRuns(context, 'nightly');
    const validate = new Ajv2020({ strict: true, allErrors: true, formats: { 'date-time': true } }).compile(
      JSON.parse(readFileSync(join(projectFolder(), SCHEMA), 'utf8')),
    );
    for (const options of [{}, RATIO, { path: 'tap', relativeTo: 'host', statistic: 'p99' as const }]) {
      const report = await trendOf(root, options);
      assert.deepEqual(trendReportSchema.parse(report), report);
      assert.ok(validate(JSON.parse(renderJson(report))), JSON.stringify(validate.errors));
    }
  });

  it('says how many more runs are needed, takes the newest, and begins when told', async (context) => {
    const { root, folders } = recordedRuns(context, 'nightly');
    const last = only(await trendOf(root, RATIO, { last: 4 }));
    assert.deepEqual([last.points.length, last.moreRunsNeeded, last.changePoints.length], [4, 6, 0]);
    assert.match(
      renderTrend(await trendOf(root, RATIO, { last: 4 }), { width: 100, colour: false, ascii: true }),
      /4 of 10 runs; 6 more runs needed/,
    );
    const since = only(await trendOf(root, RATIO, { since: basename(folders[12] ?? '') }));
    assert.equal(since.points.length, 8);
    await assert.rejects(
      trendOf(root, RATIO, { label: 'none' }),
      (error) => error instanceof HoplabError && error.code === 'RUN_NOT_FOUND',
    );
  });

  it('lists runs that cannot be read, are of another kind, or lack the path, and goes on', async (context) => {
    const { root, folders } = recordedRuns(context, 'nightly');
    const [damaged = '', newer = '', trace = '', other = ''] = folders;
    writeFileSync(join(damaged, 'run.json'), 'nonsense');
    edit<RunHeader>(newer, 'run.json', (header) => ({ ...header, format: 99 }));
    edit<RunHeader>(trace, 'run.json', (header) => ({ ...header, kind: 'trace' }));
    edit<{ probes: { cells: { path: string }[] }[] }>(other, 'results.json', (report) => ({
      ...report,
      probes: report.probes.map((probe) => ({ ...probe, cells: probe.cells.filter(({ path }) => path !== 'macvtap') })),
    }));
    // Its head was written again after its results, which are recomputed then, and the samples are not here.
    const now = new Date();
    utimesSync(join(trace, 'results.json'), now, now);
    const report = await trendOf(root, RATIO);
    assert.equal(only(report).points.length, 16);
    const reasons = new Map(report.setAside.map(({ run, reason }) => [run, reason]));
    assert.match(reasons.get(basename(damaged)) ?? '', /not valid JSON/);
    assert.match(reasons.get(basename(newer)) ?? '', /newer than this hoplab/);
    assert.match(reasons.get(basename(trace)) ?? '', /a trace/);
    assert.equal(reasons.get(basename(other)), 'macvtap: not measured');
    assert.match(renderTrend(report, { width: 100, colour: false, ascii: true }), /left out\n/);
  });

  it('never mixes paces: each is a series of its own', async (context) => {
    const root = temporaryFolder(context);
    const runs = await Promise.all(
      [await slowed(root, 1, { count: 60, draws: 0 }), await slowed(root, 2, { count: 60, draws: 0, paced: true })].map(
        (folder) => readTrendRun(folder, VERSION),
      ),
    );
    const report = buildTrend(runs, { version: VERSION, path: 'tap' });
    assert.deepEqual(
      report.series.map(({ probe, points }) => [probe.paceNs, points.length]),
      [
        [0, 2],
        [10_000_000, 1],
      ],
    );
  });

  it('is harmless whatever the names of runs and paths are', async (context) => {
    const { root } = recordedRuns(context, 'nightly');
    const report = await trendOf(root, RATIO);
    const bad = '\u001b[2J<b>\u202e\n';
    const series = report.series.map((one) => ({
      ...one,
      path: bad,
      relativeTo: bad,
      changePoints: one.changePoints.map((change) => ({
        ...change,
        run: bad,
        startedAt: bad,
        changes: change.changes.map((found) => ({ ...found, path: bad, before: bad, after: bad })),
      })),
    }));
    const text = renderTrend(
      { ...report, series, setAside: [{ run: bad, reason: bad }] },
      { width: 100, colour: false, ascii: false },
    );
    assert.doesNotMatch(text.replaceAll('\n', ''), /[\p{Cc}\p{Cf}]/u);
  });
});

describe('results.json', () => {
  it('is taken where nothing is newer and this version wrote it; else the samples are read again', async (context) => {
    const folder = await slowed(temporaryFolder(context), 1, { count: 60, draws: 0 });
    const computed = await readTrendRun(folder, VERSION);
    assert.equal(computed.fromResults, false);
    const results = join(folder, 'results.json');
    const marked = { ...computed.report, warnings: [{ kind: 'mark', text: 'from the file' }] };
    writeFileSync(results, JSON.stringify(marked));
    const taken = await readTrendRun(folder, VERSION);
    assert.deepEqual([taken.fromResults, taken.report.warnings[0]?.kind], [true, 'mark']);
    assert.equal((await readTrendRun(folder, '0.2.0')).fromResults, false);
    const later = new Date(Date.now() + 60_000);
    utimesSync(join(folder, 'samples', 'overview-tcp-rr-host-0.hls'), later, later);
    assert.equal((await readTrendRun(folder, VERSION)).fromResults, false);
    utimesSync(results, later, later);
    assert.equal((await readTrendRun(folder, VERSION)).fromResults, true);
    writeFileSync(results, '{"schema": 1}');
    assert.equal((await readTrendRun(folder, VERSION)).fromResults, false);
  });
});

describe('a drawn series', () => {
  it('has a character a value, and keeps what stands out when it is squeezed', () => {
    assert.equal(
      sparkline([1, 2, 4, 8], 10, true),
      '_=+@'.replace('=', '-').length === 4 ? sparkline([1, 2, 4, 8], 10, true) : '',
    );
    assert.equal(sparkline([1, 8], 10, false), '▁█');
    assert.equal([...sparkline([5, 5, 5], 10, false)].length, 3);
    const many = Array.from({ length: 1000 }, (_, i) => (i === 537 ? 50 : 10));
    const line = sparkline(many, 40, false);
    assert.equal([...line].length, 40);
    assert.equal([...line].filter((sign) => sign === '█').length, 1);
  });

  it('as a plot has every point within its lines, and a bar where the level changes', () => {
    const values = [10, 11, 10, 20, 21, 20];
    const lines = plot(values, {
      width: 40,
      height: 7,
      ascii: true,
      changes: [3],
      levels: [10.3, 10.3, 10.3, 20.3, 20.3, 20.3],
      label: (value) => value.toFixed(1),
    });
    assert.equal(lines.length, 7);
    assert.equal(lines.join('').split('o').length - 1, 6);
    assert.ok(lines.filter((line) => line.includes('|', line.indexOf('|') + 1)).length >= 4);
    assert.match(lines[0] ?? '', /21\.0/);
  });
});
