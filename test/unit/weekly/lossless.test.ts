// SPDX-License-Identifier: GPL-2.0-only
/** Whatever a mail is made of, its tree gives it back byte for byte; hostile ones cost no more than their length. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import fc from 'fast-check';
import { run } from '../../../src/system/exec.ts';
import { makeDraft } from '../../../src/weekly/draft.ts';
import { type Mail, walk } from '../../../src/weekly/mail-tree.ts';
import { mergeArgs, settleConflicts } from '../../../src/weekly/merge-drafts.ts';
import { parseMail } from '../../../src/weekly/parse-mail.ts';
import { readSettings } from '../../../src/weekly/settings.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';
import { renderMail } from '../../support/mail-outline.ts';

const PIECES = [
  ...['Subject: [Weekly] 2022-W11', 'From: A <a@example.org>', ' folded', '', '', '   ', '\t', '-- ', '--', '\uFEFF'],
  ...['=== Lab ===', 'Lab', '===', '-----', '# Lab', '## Status: x', '* Lab', '** Next', '(MISC)', 'Done:', '【週報】'],
  ...[
    '[NET-1] (title) [1]',
    'NET-2: title',
    '[1] https://example.org',
    '  - bullet',
    '* bullet [1]',
    '  1. one',
    '・点',
  ],
  ...['  a. tap ... OK', 'b.user: failed', '  c) ovs', '- [x] done', '(no update)', 'None', '  text of it', '> quoted'],
  ...[
    '  path   n   p50',
    '  tap  500  42.0',
    '| a | b |',
    '|---|---|',
    '=== Patch status ===',
    '  x/y v3: sent on 3/8',
  ],
  ...['=== Holidays ===', 'Mar 28-31: off', '4/29 - 5/5 off', '\u0000\u001b[31m', '=====', 'x'.repeat(300)],
];

const mails = fc
  .array(
    fc.tuple(
      fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 40 })),
      fc.constantFrom('\n', '\n', '\r\n', ''),
    ),
  )
  .map((parts) => parts.flat().join(''));

describe('a tree', () => {
  it('gives every text back', () => {
    fc.assert(
      fc.property(mails, (text) => {
        const mail = parseMail(text, '2022-03-18');
        assert.equal(renderMail(mail), text);
        assert.equal(linesIn(mail), mail.lines.length);
      }),
      { numRuns: 400 },
    );
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => assert.equal(renderMail(parseMail(text)), text)));
  });
});

function linesIn({ nodes }: Mail): number {
  let count = 0;
  for (const { node } of walk(nodes)) count += node.lines.length;
  return count;
}

describe('hostile texts', () => {
  const TIMES = 20_000;
  const texts: Readonly<Record<string, string>> = {
    'quotes in quotes': '> '.repeat(TIMES),
    'a line of dots': `a. ${'. '.repeat(TIMES)}`,
    'a line of colons': `a. x${': '.repeat(TIMES)}`,
    'a line of digits': '1/'.repeat(TIMES),
    'a line of months': 'Mar 1 - '.repeat(TIMES),
    'a line of brackets': `[NET-1${'[1]'.repeat(TIMES)}`,
    'a line of blanks': `${' '.repeat(TIMES)}x`,
    'a table of one row': `${'a  '.repeat(TIMES)}\n${'b  '.repeat(TIMES)}`,
    'many headings': '=== x ===\n'.repeat(TIMES),
    'many letters': '  a. x\n'.repeat(TIMES),
    'many footnotes': '[1] x\n'.repeat(TIMES),
    'bullets in bullets': Array.from({ length: 400 }, (_, at) => `${' '.repeat(at)}- x\n`).join(''),
  };
  for (const [name, text] of Object.entries(texts)) {
    it(`${name}: no line is lost, and there are no more nodes than lines`, () => {
      const mail = parseMail(text, '2022-03-18');
      assert.equal(renderMail(mail), text);
      const nodes = [...walk(mail.nodes)].length;
      assert.ok(nodes <= mail.lines.length, `${nodes} nodes`);
    });
  }
});

/** With more sections, levels or cards the time grows with the length of the text. */
const GROWING: Readonly<Record<string, (count: number) => string>> = {
  sections: (count) => Array.from({ length: count }, (_, at) => `== part ${at} ==\n* done\n\n`).join(''),
  cards: (count) => Array.from({ length: count }, (_, at) => `[NET-${at}] (x)\n  a. tap: OK\n* done [1]\n\n`).join(''),
  levels: (count) => `== Lab ==\n${Array.from({ length: count / 2 }, (_, at) => `${' '.repeat(at)}- x\n`).join('')}`,
  footnotes: (count) => `== Lab ==\n${'* x [1]\n'.repeat(count)}\n${'[1] y\n'.repeat(count)}`,
};

describe('a draft of a long mail', () => {
  const settings = readSettings('/no/reports');
  const known = { facts: { runs: [], diagnoses: [], strangers: [], problems: [] }, patches: [], events: [] };
  const span = { from: '2022-03-21', to: '2022-03-25' };
  const time = (text: string): number => {
    // Of the CPU: others may want it too.
    const started = process.cpuUsage();
    const draft = makeDraft({ last: { text, day: '2022-03-18' }, earlier: [], span, settings, known });
    assert.doesNotMatch(draft.text, /done/);
    return process.cpuUsage(started).user / 1000;
  };
  for (const [name, text] of Object.entries(GROWING))
    it(`of 10000 ${name} takes no more time for a byte than one of 2000`, () => {
      const [short, long] = [text(2000), text(10_000)];
      time(short);
      const small = time(short);
      const large = time(long);
      const share = large / long.length / (small / short.length);
      assert.ok(share < 3 || large < 200, `${small} ms, ${large} ms`);
    });
});

describe('a draft that its writer changed', () => {
  const joined = async (context: TestContext, texts: Readonly<Record<'mine' | 'made' | 'fresh', string>>) => {
    const folder = temporaryFolder(context);
    const file = (name: string) => join(folder, name);
    for (const [name, text] of Object.entries(texts)) writeFileSync(file(name), text);
    const argv = ['git', ...mergeArgs(file('mine'), file('made'), file('fresh'))];
    return settleConflicts((await run(argv, { signal: context.signal, allowFailure: true })).stdout);
  };

  it('keeps its words where both changed a line, and says what was left out', async (context) => {
    const made = '[A-1]\n  a. tap: todo\n  b. user: todo\n  (no update)\n\nend\n';
    const mine = '[A-1]\n  a. tap: see below\n  b. user: todo\n  - my note\n\nend\n';
    const fresh = '[A-1]\n  a. tap: OK (run 1)\n  b. user: OK (run 1)\n  (no update)\n\nend\n';
    const merged = await joined(context, { made, mine, fresh });
    assert.equal(merged.text, '[A-1]\n  a. tap: see below\n  b. user: OK (run 1)\n  - my note\n\nend\n');
    assert.deepEqual(merged.kept, ['  a. tap: OK (run 1)']);
  });

  it('keeps lines of signs, however long', () => {
    for (const sign of '|=>') {
      const text = `title\n${sign.repeat(200)}\n${sign.repeat(60)}\nend\n`;
      assert.deepEqual(settleConflicts(text), { text, kept: [] });
    }
  });

  it('has a note and figures in the place where nothing was new', async (context) => {
    const made = '[A-1]\n  (no update)\n\nend\n';
    const mine = '[A-1]\n  - my note\n\nend\n';
    const fresh = '[A-1]\n  RTT\n    tap  1  2\n\nend\n';
    const { text } = await joined(context, { made, mine, fresh });
    assert.equal(text, '[A-1]\n  - my note\n  RTT\n    tap  1  2\n\nend\n');
  });
});
