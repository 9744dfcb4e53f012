// SPDX-License-Identifier: GPL-2.0-only
/** Markdown as GitHub takes it: whole tables, and nothing from a disk that becomes more than text. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { markdownCode, markdownTable, markdownText } from '../../../src/render/formats/markdown-text.ts';
import { HOSTILE, holdsControls } from '../../fixtures/hostile.ts';
import { allShown, hostileRun, recordedFigures, shownRun, written } from '../../fixtures/subjects.ts';

/** Cells of a line of a table, by the pipes that are not escaped. */
function cellsOf(line: string): string[] {
  return line.slice(1, -1).split(/(?<!\\)\|/);
}

/** Tables as lines that stand together. */
function tablesOf(text: string): string[][] {
  return text
    .split('\n\n')
    .map((part) => part.split('\n').filter((line) => line.startsWith('|')))
    .filter((lines) => lines.length > 0);
}

describe('Markdown of a report', () => {
  it('holds runs, traces and diagnoses, each table with as many cells in every line', async () => {
    const text = written('markdown', ...(await allShown()));
    const tables = tablesOf(text);
    assert.ok(tables.length >= 5);
    for (const [head = '', ...rows] of tables) {
      for (const row of rows) assert.equal(cellsOf(row).length, cellsOf(head).length, row);
    }
    for (const word of ['### Warnings', '### Notes', '### Cures applied', 'K = ', 'back to back', '**FAIL**']) {
      assert.ok(text.includes(word), word);
    }
  });

  it('gives every figure as the table of the text has it', async () => {
    const { report } = (await recordedFigures()).figures;
    const text = written('markdown', await shownRun());
    const [probe] = report.probes;
    assert.equal(tablesOf(text)[0]?.length, 2 + (probe?.cells.length ?? 0));
    assert.match(text, /^\| host \| \d+ \| \d+\.\d \|/m);
  });

  it('lets no name become a tag, a link, a mention, a cell or a line', async () => {
    const text = written('markdown', await hostileRun());
    const withoutCode = text.replace(/(`+)(?!`)[^\n]*?[^`]\1(?!`)/g, '').replaceAll('<!-- -->', '');
    assert.ok(!/<[a-z/!]/i.test(withoutCode), /<[a-z/!].{0,40}/i.exec(withoutCode)?.[0]);
    assert.ok(!/(?<!\\)\]\(/.test(withoutCode));
    assert.ok(!holdsControls(text));
    for (const [head = '', ...rows] of tablesOf(text)) {
      for (const row of rows) assert.equal(cellsOf(row).length, cellsOf(head).length, row);
    }
  });
});

describe('text in Markdown', () => {
  it('is escaped where it means something, and only there', () => {
    assert.equal(markdownText('20.5'), '20.5');
    assert.equal(markdownText('1. not a list'), '1\\. not a list');
    assert.equal(markdownText('# no head'), '\\# no head');
    assert.equal(markdownText('guest -> host1, 5 %'), 'guest -> host1, 5 %');
    assert.equal(
      markdownText('a|b <i> *c* @me #12 http://x'),
      'a\\|b &lt;i> \\*c\\* @<!-- -->me #<!-- -->12 http<!-- -->://x',
    );
  });

  it('is one line and one cell, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...HOSTILE)), (text) => {
        for (const written of [markdownText(text), markdownCode(text)]) {
          const [, , row = ''] = markdownTable(
            [
              { head: 'a', align: 'left' },
              { head: 'b', align: 'right' },
            ],
            [[written, 'x']],
          ).split('\n');
          // A backslash before a pipe is what keeps it in its cell; one before that would free it.
          assert.equal(row.replace(/\\[^|]/g, '').split(/(?<!\\)\|/).length, 4, row);
        }
      }),
    );
  });
});
