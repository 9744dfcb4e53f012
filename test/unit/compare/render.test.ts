// SPDX-License-Identifier: GPL-2.0-only
/** Comparisons as text, Markdown, JUnit XML and JSON: of recorded runs, and of runs whose names are hostile. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { comparisonAnswer } from '../../../src/compare/compare-answer.ts';
import { renderMarkdown } from '../../../src/compare/compare-markdown.ts';
import { compareRuns } from '../../../src/compare/compare-runs.ts';
import { type ComparisonReport, comparisonReportSchema } from '../../../src/compare/compare-schema.ts';
import { renderComparison } from '../../../src/compare/compare-text.ts';
import { renderJunit } from '../../../src/compare/junit.ts';
import { checkThresholds, parseThreshold } from '../../../src/compare/thresholds.ts';
import { renderJson } from '../../../src/results/json.ts';
import { side } from '../../fixtures/compared-runs.ts';
import { assertGolden } from '../../fixtures/golden.ts';
import { projectFolder } from '../../fixtures/project-folder.ts';
import { recordedRuns } from '../../fixtures/recorded-comparisons.ts';
import { cameTo } from '../../support/came-to.ts';

const SCHEMA = join('schema', 'compare.schema.json');
const PLAIN = { width: 120, colour: false, ascii: false, all: false };
const THRESHOLDS = ['macvtap.p50 > 1.05x', 'tap.p50 > 150us', 'p99 > 1.5x'].map(parseThreshold);

async function recordedReport(context: TestContext, relativeTo = 'auto'): Promise<ComparisonReport> {
  const { folders } = recordedRuns(context, 'before-after');
  const [before = '', after = ''] = folders;
  const report = compareRuns(await side('before', [before]), [await side('after', [after])], {
    version: '0.1.0',
    relativeTo,
  });
  // The folder is another one in every test.
  const runs = (one: ComparisonReport['baseline']) => ({
    ...one,
    runs: one.runs.map((run) => ({ ...run, folder: `/runs/${run.id}` })),
  });
  return { ...report, baseline: runs(report.baseline), candidates: report.candidates.map(runs) };
}

describe('the comparison of two recorded runs', () => {
  it('tells the planted bridges behind tap, by the ratio that they move', async (context) => {
    const report = await recordedReport(context);
    const effect = report.cells.find(({ path }) => path === 'macvtap')?.effects[0] ?? assert.fail('no effect');
    assert.equal(cameTo(effect), 'faster');
    assert.match(effect.because, /tap, which it is divided by, differs itself in options/);
    assert.ok(report.unlike.some(({ key, path }) => key === 'options' && path === 'tap'));
  });

  it('answers in one line a candidate, and says what limits it', async (context) => {
    const lines = comparisonAnswer(await recordedReport(context));
    assert.deepEqual(lines, [
      'after against before: macvtap/tap 8.8 % faster (not controlled), host and tap INVALID',
      'limits: indications, not verdicts; other work had all CPUs on both sides: --allow load takes it as it is (2 of 3); ' +
        'not controlled: no twin was measured on both sides; tap, which it is divided by, differs itself in options (1 of 3)',
    ]);
  });

  it('is as it was in text, Markdown, JUnit XML and JSON', async (context) => {
    const report = checkThresholds(await recordedReport(context), THRESHOLDS, 'difference');
    assertGolden('compare-120.txt', renderComparison(report, PLAIN));
    assertGolden('compare-80.txt', renderComparison(report, { ...PLAIN, width: 80, ascii: true, all: true }));
    assertGolden('compare.md', renderMarkdown(report));
    assertGolden('compare-junit.xml', renderJunit(report));
    assertGolden('compare.json', renderJson(report));
  });

  it('fits the width', async (context) => {
    const report = await recordedReport(context);
    for (const width of [60, 80, 100]) {
      const long = renderComparison(report, { ...PLAIN, width })
        .split('\n')
        .filter((line) => [...line].length > width);
      assert.deepEqual(long, []);
    }
  });

  it('is valid under the published schema, and has no field that it does not know', async (context) => {
    const validate = new Ajv2020({ strict: true, allErrors: true, formats: { 'date-time': true } }).compile(
      JSON.parse(readFileSync(join(projectFolder(), SCHEMA), 'utf8')),
    );
    for (const relativeTo of ['auto', 'none', 'host']) {
      const report = checkThresholds(await recordedReport(context, relativeTo), THRESHOLDS, 'sure');
      assert.deepEqual(comparisonReportSchema.parse(report), report);
      assert.ok(validate(JSON.parse(renderJson(report))), JSON.stringify(validate.errors));
    }
    assert.ok(!validate({ schema: 1, kind: 'comparison' }));
  });
});

/** What a run folder from anybody may hold where a name or a reason belongs. */
const HOSTILE = '\u001b[31m<script>alert(1)</script>]]>"\'&|`@all #1 \u202e[x](http://evil)\n**b**\u0000\uffff';

describe('names from a hostile folder', () => {
  /** Every text of the report, replaced. */
  function hostile(report: ComparisonReport): ComparisonReport {
    const sided = (one: ComparisonReport['baseline']) => ({
      ...one,
      name: HOSTILE,
      runs: one.runs.map((run) => ({ ...run, id: HOSTILE, label: HOSTILE, damage: [HOSTILE] })),
    });
    const probe = (one: ComparisonReport['cells'][number]['probe']) => ({ ...one, name: HOSTILE });
    return {
      ...report,
      baseline: sided(report.baseline),
      candidates: report.candidates.map(sided),
      setAside: [{ run: HOSTILE, code: HOSTILE, reason: HOSTILE }],
      missing: [{ candidate: 0, probe: HOSTILE, path: HOSTILE, reason: HOSTILE }],
      unlike: report.unlike.map((one) => ({
        ...one,
        path: HOSTILE,
        baselineValues: [HOSTILE],
        candidateValues: [HOSTILE],
      })),
      cells: report.cells.map((cell) => ({
        ...cell,
        path: HOSTILE,
        candidatePath: HOSTILE,
        probe: probe(cell.probe),
        candidateProbe: probe(cell.candidateProbe),
        effects: cell.effects.map((effect) => ({
          ...effect,
          because: HOSTILE,
          basis: effect.basis.kind === 'relative' ? { ...effect.basis, to: HOSTILE } : effect.basis,
        })),
      })),
      thresholds: report.thresholds.map((one) => ({
        ...one,
        expression: HOSTILE,
        cells: one.cells.map((cell) => ({ ...cell, path: HOSTILE, probe: HOSTILE, text: HOSTILE })),
      })),
    };
  }

  it('come out as text in a terminal: no escape, no second line, no turned direction', async (context) => {
    const report = hostile(checkThresholds(await recordedReport(context), THRESHOLDS, 'difference'));
    const text = renderComparison(report, PLAIN);
    assert.doesNotMatch(text.replaceAll('\n', ''), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    assert.match(text, /<script>/);
    assert.doesNotMatch(renderJson(report).replaceAll('\n', ''), /[\p{Cc}\p{Cf}]/u);
  });

  it('cannot become markup in Markdown', async (context) => {
    const text = renderMarkdown(hostile(checkThresholds(await recordedReport(context), THRESHOLDS, 'difference')));
    assert.doesNotMatch(text, /<script|<\/script/);
    assert.doesNotMatch(text.replaceAll('\n', ''), /[\p{Cc}\p{Cf}]/u);
    assert.doesNotMatch(text, /(?<!\\)\[x/);
    assert.doesNotMatch(text, /(?<!\\)\*\*b/);
    assert.doesNotMatch(text, /(?<!\\)@all/);
    assert.doesNotMatch(text, /https?:\/\//);
    // A bar in a name would be one column more.
    const rows = text.split('\n').filter((line) => line.startsWith('| '));
    assert.ok(rows.length > 3);
    for (const row of rows) assert.equal(row.match(/(?<!\\)\|/g)?.length, 10, row);
  });

  it('leave JUnit XML well formed', async (context) => {
    for (const thresholds of [THRESHOLDS, []]) {
      const report = hostile(checkThresholds(await recordedReport(context), thresholds, 'difference'));
      for (const one of [
        report,
        {
          ...report,
          refused: true,
          cells: [],
          unlike: report.unlike.map((unlike) => ({ ...unlike, level: 'refused' as const })),
        },
      ]) {
        const xml = renderJunit(one);
        // XML 1.0, production 2: the characters that a document may hold.
        assert.doesNotMatch(xml, /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u);
        assert.doesNotMatch(xml, /&(?!(?:amp|lt|gt|quot|#39);)/);
        const tags = xml.match(/<[^>]*>/g) ?? [];
        for (const tag of tags)
          assert.match(
            tag,
            /^<(\?xml [^<]*\?|\/?(testsuites|testsuite|testcase|failure|error|skipped|system-out)( [a-z]+="[^"<]*")*\/?)>$/,
          );
        const depth = tags.reduce((sum, tag) => sum + (tag.startsWith('</') ? -1 : /\/>$|^<\?/.test(tag) ? 0 : 1), 0);
        assert.equal(depth, 0);
      }
    }
  });
});

describe('JUnit XML', () => {
  it('has a failure for what is exceeded, an error for what cannot be checked, and its counts are right', async (context) => {
    const report = await recordedReport(context);
    // As with --allow load: otherwise no latency of these runs could be checked.
    const cells = report.cells.map((cell) => ({
      ...cell,
      effects: cell.effects.map((effect) => ({ ...effect, validity: 'valid' as const })),
    }));
    const checked = checkThresholds(
      { ...report, cells },
      ['tap.p50 > 150us', 'tap.p99.9 > 2x', 'tap.p50 > 5ms'].map(parseThreshold),
      'difference',
    );
    const xml = renderJunit(checked);
    assert.match(xml, /<testsuites name="hoplab compare" tests="3" failures="1" errors="1" skipped="0">/);
    assert.match(
      xml,
      /<testcase classname="hoplab.after.tcp-rr" name="tap: tap.p50 &gt; 150us">\n {6}<failure message="EXCEEDED/,
    );
    assert.match(xml, /<error message="NOT CHECKED/);
  });
});
