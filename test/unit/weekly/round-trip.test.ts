// SPDX-License-Identifier: GPL-2.0-only
/** A report that is read back into an empty notebook gives the same report, to the letter; and reading it twice adds nothing. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import fc from 'fast-check';
import { HoplabError } from '../../../src/model/errors.ts';
import { buildWeekly } from '../../../src/weekly/build-weekly.ts';
import type { Facts } from '../../../src/weekly/facts.ts';
import { importReport } from '../../../src/weekly/import-report.ts';
import { parseReport } from '../../../src/weekly/parse-report.ts';
import { readNotebook, readSent } from '../../../src/weekly/read-notebook.ts';
import { renderWeeklyText } from '../../../src/weekly/render-text.ts';
import { widthOf } from '../../../src/words/text-width.ts';
import { generatedNotebook, writeNotebook } from '../../fixtures/generated-notebook.ts';

const SPAN = { from: '2026-11-23', to: '2026-11-27' };
/** What is written is synced to its disk: in memory that costs nothing. */
const MEMORY = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const NO_FACTS: Facts = { root: '/nowhere', runs: [], diagnoses: [], known: new Set(), problems: [] };

function render(folder: string): string {
  const notebook = readNotebook(folder);
  const report = buildWeekly({
    notebook,
    span: SPAN,
    sent: readSent(folder),
    facts: NO_FACTS,
    patches: { statuses: [], problems: [] },
  });
  return renderWeeklyText(report);
}

async function importInto(folder: string, text: string) {
  return importReport(folder, { name: 'report.txt', text, report: parseReport(text) });
}

/** Every file with its text. */
function filesOf(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true }).map(String).sort();
  const files = names.filter((name) => statSync(join(folder, name)).isFile());
  return Object.fromEntries(files.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

it('render, import, render gives the same text, whatever was typed', async () => {
  await fc.assert(
    fc.asyncProperty(generatedNotebook, async (made) => {
      const root = mkdtempSync(join(MEMORY, 'hoplab-weekly-'));
      try {
        const [first, second] = [join(root, 'first'), join(root, 'second')];
        writeNotebook(first, made);
        let text: string;
        try {
          text = render(first);
        } catch (error) {
          // A name that is nothing once it is harmless.
          assert.ok(error instanceof HoplabError && error.code === 'NOTEBOOK_INVALID', String(error));
          return;
        }
        for (const line of text.split('\n')) {
          assert.ok(widthOf(line) <= 100 || /\S{80}/.test(line), `${widthOf(line)} columns: ${line}`);
          assert.doesNotMatch(line, /[\p{Cc}\u202e]/u);
        }
        const imported = await importInto(second, text);
        assert.deepEqual(imported.unplaced, []);
        assert.equal(render(second), text);
        const files = filesOf(second);
        assert.equal((await importInto(second, text)).added, 0);
        assert.deepEqual(filesOf(second), files);
      } finally {
        rmSync(root, { recursive: true, force: true });
      }
    }),
    { numRuns: Number(process.env.HOPLAB_FUZZ_RUNS ?? 40), includeErrorInReport: true },
  );
});
