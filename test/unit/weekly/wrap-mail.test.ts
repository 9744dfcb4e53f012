// SPDX-License-Identifier: GPL-2.0-only
/** Lines of a mail are broken so that the next week reads them as they were meant. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { wrapMail } from '../../../src/weekly/wrap-mail.ts';
import { widthOf } from '../../../src/words/text-width.ts';

describe('wrapping', () => {
  it('counts what a terminal shows: wide characters two, marks none', () => {
    const widths: readonly (readonly [string, number])[] = [
      ['abc', 3],
      ['漢字', 4],
      ['e\u0301', 1],
      ['👩‍👩‍👧', 2],
      ['ｱ', 1],
      ['Ａ', 2],
    ];
    for (const [text, width] of widths) assert.equal(widthOf(text), width, text);
  });

  it('never begins a line with what a reader would take for a bullet, a state or a footnote', () => {
    const words = fc.array(fc.constantFrom('-', 'o', 'a.', '[1]', '===', '|', 'word', 'longer-word', '漢字'), {
      minLength: 1,
      maxLength: 60,
    });
    fc.assert(
      fc.property(words, (list) => {
        const text = list.join(' ');
        const lines = wrapMail(text, { width: 30, first: '- ', rest: '  ' });
        assert.equal(lines.map((line) => line.slice(2)).join(' '), text);
        for (const line of lines) assert.ok(widthOf(line) <= 30, line);
      }),
    );
    const [, second = ''] = wrapMail('eight words that fill the line to the end - and go on', {
      width: 44,
      first: '',
      rest: '',
    });
    assert.doesNotMatch(second, /^-/);
  });

  it('keeps an address whole and cuts any other word that is longer than a line', () => {
    const address = `https://example.org/${'x'.repeat(60)}`;
    assert.deepEqual(wrapMail(`see ${address}`, { width: 40, first: '', rest: '' }), ['see', address]);
    assert.ok(wrapMail('y'.repeat(95), { width: 40, first: '', rest: '' }).every((line) => line.length <= 40));
  });
});
