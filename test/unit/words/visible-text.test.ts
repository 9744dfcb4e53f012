// SPDX-License-Identifier: GPL-2.0-only
/** No character of a stranger's text is obeyed by a terminal. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { shellWord } from '../../../src/system/show-argv.ts';
import { visibleReport, visibleText } from '../../../src/words/visible-text.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';
import { hoplab } from '../../support/hoplab.ts';

const ESC = '\u001b';
const HOSTILE = `${ESC}]0;owned\u0007${ESC}[2J\u009b31m\u202eeht`;

describe('text from outside', () => {
  it('comes out as escapes, with its lines and tabs', () => {
    assert.equal(visibleText(HOSTILE), '\\x1b]0;owned\\x07\\x1b[2J\\x9b31m\\u{202e}eht');
    assert.equal(visibleText('a\tb\nµ'), 'a\tb\nµ');
  });

  it('keeps the colours of a report, and nothing else that begins with an escape', () => {
    assert.equal(
      visibleReport(`${ESC}[31mred${ESC}[0m ${ESC}[2J${ESC}]8;;x`),
      `${ESC}[31mred${ESC}[0m \\x1b[2J\\x1b]8;;x`,
    );
  });

  it('is a word that a shell reads back, byte for byte', () => {
    for (const word of ['plain', "it's", 'two words', HOSTILE, `a\nb\t'\\${ESC}`]) {
      const shown = shellWord(word);
      assert.doesNotMatch(shown, /\p{Cc}|\p{Cf}/u);
      const env = { ...process.env, LC_ALL: 'C.UTF-8' };
      assert.equal(execFileSync('bash', ['-c', `printf %s ${shown}`], { encoding: 'utf8', env }), word);
    }
  });

  it('in keys and values of a lab file is escaped and clipped in what is said of it', async (context) => {
    const file = join(temporaryFolder(context), 'lab.yaml');
    const said = async (text: string): Promise<string> => {
      writeFileSync(file, text);
      const { code, stderr } = await hoplab(['plan', file]);
      assert.equal(code, 1);
      assert.doesNotMatch(stderr.replaceAll('\n', ''), /\p{Cc}/u);
      return stderr;
    };
    assert.match(await said('"\\e]0;owned\\a\\e[2Jkey": 1\n'), /\\x1b\]0;owned\\x07\\x1b\[2Jkey: unknown key/);
    const long = await said(`probes: [{protocol: tcp_rr, pace: "${'1'.repeat(100_000)}ms"}]\n`);
    assert.match(long, /1{57}\.\.\.ms is too large/);
    assert.ok(long.length < 1000);
  });
});
