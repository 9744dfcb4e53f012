// SPDX-License-Identifier: GPL-2.0-only
/** Whatever a mail is made of, its tree gives it back byte for byte; hostile ones cost no more than their length. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Mail, walk } from '../../../src/weekly/mail-tree.ts';
import { mergeDrafts } from '../../../src/weekly/merge-drafts.ts';
import { parseMail } from '../../../src/weekly/parse-mail.ts';
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

describe('a draft that its writer changed', () => {
  const texts = fc
    .array(fc.constantFrom(...PIECES.slice(0, 30)), { maxLength: 12 })
    .map((lines) => lines.map((line) => `${line}\n`).join(''));

  it('takes what is new where nothing was changed, and stays where nothing is new', () => {
    fc.assert(
      fc.property(texts, texts, (a, b) => {
        assert.equal(mergeDrafts({ made: a, mine: a, fresh: b }).text, b);
        assert.equal(mergeDrafts({ made: a, mine: b, fresh: a }).text, b);
        assert.equal(mergeDrafts({ made: a, mine: b, fresh: b }).text, b);
      }),
    );
  });

  it('keeps its words where both changed a line, and says what was left out', () => {
    const made = '[A-1]\n  a. tap: todo\n  b. user: todo\n  (no update)\n\nend\n';
    const mine = '[A-1]\n  a. tap: see below\n  b. user: todo\n  - my note\n\nend\n';
    const fresh = '[A-1]\n  a. tap: OK (run 1)\n  b. user: OK (run 1)\n  (no update)\n\nend\n';
    const merged = mergeDrafts({ made, mine, fresh });
    assert.equal(merged.text, '[A-1]\n  a. tap: see below\n  b. user: OK (run 1)\n  - my note\n\nend\n');
    assert.deepEqual(merged.kept, ['  a. tap: OK (run 1)']);
  });

  it('has a note and figures in the place where nothing was new', () => {
    const made = '[A-1]\n  (no update)\n\nend\n';
    const mine = '[A-1]\n  - my note\n\nend\n';
    const fresh = '[A-1]\n  RTT\n    tap  1  2\n\nend\n';
    assert.equal(mergeDrafts({ made, mine, fresh }).text, '[A-1]\n  - my note\n  RTT\n    tap  1  2\n\nend\n');
  });
});
