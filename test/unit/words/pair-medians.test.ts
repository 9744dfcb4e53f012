// SPDX-License-Identifier: GPL-2.0-only
/** The table's medians and the comparisons' differ by design: both are shown, and the report says which one to quote. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runRows } from '../../../src/experiments/run/csv.ts';
import { runParts } from '../../../src/experiments/run/markdown.ts';
import { levelsOf, middleOf } from '../../../src/model/figure.ts';
import type { Report } from '../../../src/model/result.ts';
import { renderText } from '../../../src/render/text/run.ts';
import { answerLines } from '../../../src/words/answer.ts';
import { pairMedians, quoteNote } from '../../../src/words/pair-medians.ts';
import { sentence } from '../../../src/words/sentence.ts';
import { thoroughReport } from '../../fixtures/golden-report.ts';
import { timed } from '../../support/timed.ts';

const label = (path: string): string => path;

/** As measured, but that one path is slower in the table than as a pair. */
function slowerInTable(report: Report, slow: string, factor: number): Report {
  return {
    ...report,
    probes: report.probes.map((probe) => ({
      ...probe,
      cells: probe.cells
        .map(timed)
        .map((cell) => (cell.path === slow ? { ...cell, p50Ns: cell.p50Ns * factor } : cell)),
    })),
  };
}

describe('the medians of a pair', () => {
  it('are those of its draws, in its sentence and in CSV, and not those of the table', async (context) => {
    const report = await thoroughReport(context);
    const [probe] = report.probes;
    const one = probe?.comparisons.find(({ isTwin }) => !isTwin) ?? assert.fail();
    const { candidate, reference } = pairMedians(one);
    const sorted = one.draws.map((draw) => levelsOf(draw).candidate).sort((a, b) => a - b);
    assert.ok(candidate >= (sorted.at(0) ?? 0) && candidate <= (sorted.at(-1) ?? 0));
    const cell = probe?.cells.find(({ path }) => path === one.candidate);
    assert.ok(cell);
    assert.notEqual(candidate, middleOf(cell).value);
    const us = (ns: number): string => (ns / 1000).toFixed(1);
    assert.ok(
      sentence(one, { label, controlFailed: false }).includes(`; p50 ${us(candidate)} against ${us(reference)} us`),
    );
    const row = runRows(report).find(({ kind, path }) => kind === 'comparison' && path === one.candidate);
    assert.equal(row?.candidate_p50_ns, candidate);
    assert.equal(row?.reference_p50_ns, reference);
  });
});

describe('the ranking', () => {
  it('that has two paths in another order than the pairs have says so, and which to quote', async (context) => {
    const report = await thoroughReport(context);
    const [probe] = report.probes;
    const claimed = (probe?.comparisons ?? [])
      .filter(({ isTwin, reference }) => !isTwin && reference === 'tap')
      .sort((a, b) => b.relative - a.relative)[0];
    assert.ok(claimed && claimed.relative > 0.02);
    const said = (of: Report): string => answerLines(of).find((line) => line.startsWith('against tap')) ?? '';
    assert.doesNotMatch(said(report), /quote these/);
    const turned = slowerInTable(report, claimed.candidate, 0.3);
    assert.match(
      said(turned),
      new RegExp(
        `; quote these, not the ranking, where \\d paths take turns and ${claimed.candidate} comes before \\w+$`,
      ),
    );
    // Where the control failed there is nothing to quote.
    const failed = turned.probes.map((each) => ({
      ...each,
      comparisons: each.comparisons.map((one) =>
        one.isTwin ? { ...one, outcome: 'different' as const, direction: 'slower' as const } : one,
      ),
    }));
    assert.doesNotMatch(said({ ...turned, probes: failed }), /quote these/);
  });
});

describe('which figures to quote', () => {
  it('is one sentence, with the path of which table and pair say the most different things', async (context) => {
    const report = slowerInTable(await thoroughReport(context), 'user', 1.3);
    const note = quoteNote(report, label) ?? '';
    assert.match(
      note,
      /^to quote: the differences of the comparisons, not those of the table, where \d paths take turns/,
    );
    assert.match(note, /\(user against tap: \+3\d\.\d % there, \+\d\.\d % as a pair\)$/);
    const count = (text: string): number => text.split('to quote:').length - 1;
    assert.equal(count(renderText(report, { width: 100, colour: false, ascii: false })), 1);
    assert.equal(count(runParts(report).join('\n')), 1);
  });

  it('is without an example where both say the same, and not said where nothing was compared or the table is of a pair', async (context) => {
    const report = await thoroughReport(context);
    const [first] = report.probes;
    const k = first?.comparisons[0]?.k ?? 2;
    const exact = report.probes.map((probe) => ({
      ...probe,
      cells: probe.cells.map(timed).map((cell) => {
        const one = probe.comparisons.find(({ candidate }) => candidate === cell.path);
        const reference = probe.cells.map(timed).find(({ path }) => path === one?.reference);
        return one === undefined || reference === undefined
          ? cell
          : { ...cell, p50Ns: reference.p50Ns * (1 + one.relative) };
      }),
    }));
    assert.match(quoteNote({ probes: exact }, label) ?? '', /more of the others$/);
    const none = report.probes.map((probe) => ({ ...probe, comparisons: [] }));
    assert.equal(quoteNote({ probes: none }, label), null);
    const pair = report.probes.map((probe) => ({
      ...{ ...probe, k },
      cells: probe.cells.map((cell) => ({ ...cell, k })),
    }));
    assert.equal(quoteNote({ probes: pair }, label), null);
  });
});
