// SPDX-License-Identifier: GPL-2.0-only
/** The example of docs/weekly.md: its notebook and recorded runs give the committed report, to the letter, in every form. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import PostalMime from 'postal-mime';
import { weeklyReport } from '../../../src/cli/weekly/weekly-sources.ts';
import { importReport } from '../../../src/weekly/import-report.ts';
import { parseReport } from '../../../src/weekly/parse-report.ts';
import { renderEml } from '../../../src/weekly/render-eml.ts';
import { renderWeeklyHtml } from '../../../src/weekly/render-html.ts';
import { renderWeeklyBody, renderWeeklyText } from '../../../src/weekly/render-text.ts';
import { widthOf } from '../../../src/words/text-width.ts';
import { projectFolder } from '../../fixtures/project-folder.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';
import { blocksOf } from '../../generated/markdown.ts';

const NOTEBOOK = join(projectFolder(), 'examples', 'weekly');
const idle = {
  argv: [],
  signal: new AbortController().signal,
  print: () => undefined,
  say: () => undefined,
  finish: () => undefined,
};
const reportOf = async (query: { week?: string; ending?: string }) =>
  (await weeklyReport({ notebook: NOTEBOOK, ...query }, idle)).report;

describe('the example', () => {
  it('is in at most 100 columns', async () => {
    const report = await reportOf({ ending: '2026-11-27' });
    const text = renderWeeklyText(report);
    for (const line of text.split('\n')) assert.ok(widthOf(line) <= 100, line);
    assert.deepEqual(report.notices, []);
  });

  it('of the week before is what was kept as sent', async () => {
    const kept = readFileSync(join(NOTEBOOK, 'sent', '2026-W47.txt'), 'utf8');
    assert.equal(renderWeeklyText(await reportOf({ week: '2026-W47' })), kept);
  });

  it('states no figure without its run, pace, K, n and draws', async () => {
    const report = await reportOf({ ending: '2026-11-27' });
    const tables = report.sections
      .flatMap(({ cards }) => cards.flatMap(({ blocks }) => blocks))
      .flatMap((block) => (block.kind === 'verbatim' ? [block.lines.join(' ')] : []))
      .filter((lines) => lines.startsWith('RTT in us'));
    assert.equal(tables.length, 3);
    for (const lines of tables) {
      assert.match(lines, / (?:back to back|every \d+ \S+), guest -> host1 /);
      assert.match(lines.replace(/\s+/g, ' '), /run \d{8}-\d{6}-[0-9a-f]{4}\S* of .*K = \d.*n = \d+ a path; .*draws?/);
    }
    // What pairs say is a figure too.
    const text = renderWeeklyText(report).replace(/\n\s+/g, ' ');
    for (const [, number] of text.matchAll(/%, 95 % over \d+ draws in \d+ guests? \(indication\) \[(\d+)\]/g))
      assert.match(report.footnotes[Number(number) - 1] ?? '', /^run \S+: .*K = 2, n = \d+ a draw, 4 draws/);
  });

  it('as a mail is read by a mail library with the same text', async () => {
    const report = await reportOf({ ending: '2026-11-27' });
    const mail = await PostalMime.parse(renderEml(report, new Date('2026-11-27T16:00:00Z')));
    assert.equal(mail.text?.trimEnd(), renderWeeklyBody(report).trimEnd());
    assert.equal(mail.subject, '[Weekly] VM networking, 2026-W48');
    assert.equal(mail.from?.address, 'a.engineer@example.org');
    assert.equal(mail.date, '2026-11-27T16:00:00.000Z');
    assert.match(mail.messageId ?? '', /^<weekly\.2026-W48\.[0-9a-f]{16}@example\.org>$/);
  });

  it('as a page keeps its tables and leads from every mark to its footnote', async () => {
    const report = await reportOf({ ending: '2026-11-27' });
    const page = renderWeeklyHtml(report);
    assert.match(page, /<pre tabindex="0">RTT in us, TCP_RR 1 B \/ 1 B, back to back, guest -&#62; host1\n {2}path/);
    const targets = [...page.matchAll(/href="#fn(\d+)"/g)].map(([, number]) => number);
    assert.deepEqual(
      [...new Set(targets)],
      report.footnotes.map((_, index) => String(index + 1)),
    );
    for (const number of targets) assert.ok(page.includes(`id="fn${number}"`));
    assert.doesNotMatch(page, /<(?:script|img|link|iframe)|src=/);
  });

  it('is read back without a line left over', async () => {
    const parsed = parseReport(renderWeeklyText(await reportOf({ ending: '2026-11-27' })));
    assert.deepEqual(parsed.unplaced, []);
    assert.deepEqual(
      parsed.cards.map(({ id, states }) => [id, states.length]),
      [
        ['STR-68', 6],
        ['STR-71', 2],
        ['STR-75', 0],
        ['STR-76', 0],
      ],
    );
  });

  it('read back into an empty notebook gives the same report, without its runs', async (context) => {
    const folder = temporaryFolder(context);
    const text = renderWeeklyText(await reportOf({ ending: '2026-11-27' }));
    await importReport(folder, { name: 'report.txt', text, report: parseReport(text) });
    const again = await weeklyReport({ notebook: folder, runs: '/no/runs', ending: '2026-11-27' }, idle);
    assert.equal(renderWeeklyText(again.report), text);
  });

  it('stands in its page as it is', () => {
    const shown = blocksOf('docs/weekly.md').find(({ text }) => text.includes('[STR-68]'))?.text ?? '';
    const report = readFileSync(join(projectFolder(), 'docs', 'examples', 'weekly-report.txt'), 'utf8');
    const parts = shown.split(/^\.\.\.\n?/m).map((part) => part.trimEnd());
    assert.ok(parts.length > 1 && shown.length > 1500);
    for (const part of parts) assert.ok(report.includes(part), part);
  });
});
