// SPDX-License-Identifier: GPL-2.0-only
/** CSV that a spreadsheet and a script read back: RFC 4180, exact values, no formula from a name. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runRows } from '../../../src/experiments/run/csv.ts';
import { SAMPLE_FLAGS } from '../../../src/model/samples.ts';
import { CSV_COLUMNS } from '../../../src/render/formats/csv.ts';
import { renderSamples, SAMPLE_COLUMNS } from '../../../src/render/formats/csv-samples.ts';
import { buildReport } from '../../../src/results/run/build.ts';
import { readRun } from '../../../src/run-store/read-run.ts';
import { generateRun } from '../../fixtures/generated-run.ts';
import { holdsControls } from '../../fixtures/hostile.ts';
import { recorded } from '../../fixtures/recorded-run.ts';
import { allShown, hostileRun, RECORDED_RUN, recordedFigures, shownRun, written } from '../../fixtures/subjects.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';
import { readCsv } from '../../support/read-csv.ts';
import { timed } from '../../support/timed.ts';
import { untilSufficed } from '../../support/until-sufficed.ts';

function rowsOf(text: string): Record<string, string>[] {
  const [head = [], ...rows] = readCsv(text);
  return rows.map((row) => {
    assert.equal(row.length, head.length);
    return Object.fromEntries(head.map((name, index) => [name, row[index] ?? '']));
  });
}

describe('CSV of a report', () => {
  it('has no column twice', () => {
    assert.equal(new Set<string>(CSV_COLUMNS).size, CSV_COLUMNS.length);
  });

  it('has a row a cell and a comparison, with the exact values', async () => {
    const { report } = (await recordedFigures()).figures;
    const rows = rowsOf(written('csv', await shownRun()));
    const cells = report.probes.flatMap((probe) => probe.cells);
    const comparisons = report.probes.flatMap((probe) => probe.comparisons);
    assert.equal(rows.filter(({ kind }) => kind === 'cell').length, cells.length);
    assert.equal(rows.filter(({ kind }) => kind === 'comparison').length, comparisons.length);
    assert.equal(rows.filter(({ kind }) => kind === 'warning').length, report.warnings.length);
    for (const cell of cells.map(timed)) {
      const row = rows.find((one) => one.kind === 'cell' && one.path === cell.path && one.probe === cell.probe);
      assert.equal(Number(row?.p99_ns), cell.p99Ns);
      assert.equal(Number(row?.k), cell.k);
      assert.equal(row?.p999_ns, cell.p999Ns === null ? '' : String(cell.p999Ns));
    }
  });

  it('says of a comparison by which rule its draws ended, and of a fixed number nothing', async () => {
    const { report } = (await recordedFigures()).figures;
    const stopped = untilSufficed(report);
    const [row] = runRows(stopped).filter(({ kind }) => kind === 'comparison');
    assert.deepEqual([row?.until, row?.max_draws, row?.looks, row?.ended], [0.01, 40, 3, 'settled']);
    const rows = rowsOf(written('csv', await shownRun())).filter(({ kind }) => kind === 'comparison');
    assert.deepEqual(new Set(rows.flatMap((one) => [one.until, one.max_draws, one.looks, one.ended])), new Set(['']));
  });

  it('calls a control that cannot tell not controlled', async (context) => {
    const run = await readRun((await generateRun({ root: temporaryFolder(context), seed: 3, plugOffset: 0.02 })).path);
    const twin = runRows(buildReport(run)).find(({ is_twin }) => is_twin === true);
    assert.deepEqual([twin?.outcome, twin?.validity], ['inconclusive', 'not-controlled']);
  });

  it('holds runs, traces and diagnoses under one head', async () => {
    const rows = rowsOf(written('csv', ...(await allShown())));
    const kinds = new Set(rows.map(({ kind }) => kind));
    for (const kind of ['cell', 'comparison', 'segment', 'rung', 'verdict', 'cure']) assert.ok(kinds.has(kind), kind);
  });

  it('lets no name become a formula, a record or a field', async () => {
    const rows = readCsv(written('csv', await hostileRun()));
    assert.ok(rows.length > 40);
    for (const row of rows) {
      assert.equal(row.length, CSV_COLUMNS.length);
      // A number may begin with a sign, a text may not.
      for (const field of row)
        assert.ok(!/^[=+@\t\r]/.test(field) && (!field.startsWith('-') || Number(field) < 0), field);
      for (const field of row) assert.ok(!holdsControls(field), field);
    }
  });
});

describe('samples as CSV', () => {
  it('has every transaction of every block, as it was recorded', async () => {
    const run = await readRun(RECORDED_RUN);
    const rows = rowsOf([...renderSamples([run], assert.fail)].join(''));
    let at = 0;
    for (const block of run.blocks) {
      const samples = run.samples(block);
      for (let i = 0; i < samples.length; i++, at++) {
        const row = rows[at];
        assert.equal(row?.path, block.paths[samples.path[i] ?? 0]);
        assert.equal(row?.rtt_ns, String(samples.rttNs[i]));
        assert.equal(row?.warmup === '1', ((samples.flags[i] ?? 0) & SAMPLE_FLAGS.warmup) !== 0);
      }
    }
    assert.equal(rows.length, at);
    assert.deepEqual(Object.keys(rows[0] ?? {}), [...SAMPLE_COLUMNS]);
  });

  it('goes on behind a block that cannot be read, and says so', async (context) => {
    const run = await recorded(context, { draws: 2 });
    const said: string[] = [];
    const damaged = {
      ...run,
      samples: (block: Parameters<typeof run.samples>[0]) => {
        if (block.id === run.blocks[0]?.id) return run.samples({ ...block, id: 'nowhere' });
        return run.samples(block);
      },
    };
    const rows = rowsOf([...renderSamples([damaged], (what) => said.push(what))].join(''));
    assert.equal(said.length, 1);
    assert.ok(rows.length > 1000);
    assert.ok(rows.every(({ block }) => block !== run.blocks[0]?.id));
  });
});
