// SPDX-License-Identifier: GPL-2.0-only
/** Whatever stands in an old mail is in the notebook or named as not placed: no word of it gets lost, and nothing throws. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import fc from 'fast-check';
import { importReport } from '../../../src/weekly/import-report.ts';
import { parseReport } from '../../../src/weekly/parse-report.ts';
import { readNotebook } from '../../../src/weekly/read-notebook.ts';

/** Each word once, so that a lost one is seen. */
let count = 0;
const word = () => `word${count++}`;
const LINES: readonly (() => string)[] = [
  () => '',
  () => word(),
  () => `- ${word()} ${word()}`,
  () => `   o ${word()}`,
  () => `\t* ${word()}`,
  () => `\t\t+ ${word()}`,
  () => `   ${word()}`,
  () => `a) ${word()}: OK`,
  () => `  b. ${word()} => failed, ${word()}`,
  () => `  c. ${word()} ${word()}`,
  () => `d. ${word()} ... under investigation (${word()})`,
  () => `${word()}   ${word()}\t${word()}`,
  () => `| ${word()} | ${word()} |`,
  () => `| ${word()}`,
  () => `=== ${word()} ===`,
  () => `== ${word()}`,
  () => `${word()}\n=====`,
  () => `[STR-${count++}] (${word()})`,
  () => `* [STR-${count++}] ${word()} [1]`,
  () => `STR-${count++}: ${word()}`,
  () => `=== Issues ===`,
  () => `=== Travel & Holiday & Event ===`,
  () => `- 12/24: ${word()}`,
  () => `12/24 - 12/26: ${word()}`,
  () => `[1] ${word()}`,
  () => `    ${word()} ${word()}`,
  () => `[2]: ${word()}`,
  () => `> ${word()}`,
  () => `> - ${word()}`,
  () => `1. ${word()} [1] [2] [7]`,
  () => `-- `,
  () => `---`,
  () => `${word()}:`,
  () => `e. .. ${word()} .. ... OK`,
  () => `f. ... failed`,
  () => `=== ${word()} ${'long '.repeat(700)}===`,
  () => `[STR-${count++}] (${'y'.repeat(2500)} ${word()})`,
];

const mail = fc.array(fc.nat(LINES.length - 1), { maxLength: 40 }).map((kinds) => {
  count = 0;
  return kinds.map((kind) => LINES[kind]?.() ?? '').join('\n');
});

it('every word of a hand-written report is somewhere', () => {
  fc.assert(
    fc.property(mail, fc.boolean(), (text, hasHead) => {
      const head = hasHead ? 'From: a@b\nSubject: x\nDate: Fri, 4 Mar 2022 10:00:00 +0000\n\n' : '';
      const { sections, cards, unplaced, footnotes } = parseReport(head + text, '2022-03-04');
      const all = JSON.stringify([sections, cards, unplaced, [...footnotes]]);
      const lost = (text.match(/word\d+/g) ?? []).filter((each) => !new RegExp(`${each}\\b`).test(all));
      assert.deepEqual(lost, [], text);
      for (const { line, text: said } of unplaced) assert.ok(line > 0 && said !== '');
    }),
    { numRuns: Number(process.env.HOPLAB_FUZZ_RUNS ?? 300) },
  );
});

it('no text makes it throw', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary', maxLength: 400 }),
        fc.array(fc.string(), { maxLength: 30 }).map((lines) => lines.join('\n')),
      ),
      (text) => {
        parseReport(text, '2022-03-04');
      },
    ),
    { numRuns: 500 },
  );
});

it('what was imported can be read, and importing it again adds nothing', async () => {
  await fc.assert(
    fc.asyncProperty(mail, async (text) => {
      const root = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'hoplab-weekly-'));
      try {
        const report = parseReport(text, '2022-03-04');
        if (report.cards.length + report.sections.length === 0) return;
        await importReport(root, { name: 'old.txt', text, report });
        const notebook = readNotebook(root);
        assert.equal(notebook.cards.length, new Set(report.cards.map(({ id }) => id)).size);
        assert.equal((await importReport(root, { name: 'old.txt', text, report })).added, 0, text);
        assert.deepEqual(readNotebook(root), notebook);
      } finally {
        rmSync(root, { recursive: true, force: true });
      }
    }),
    { numRuns: 40, includeErrorInReport: true },
  );
});
