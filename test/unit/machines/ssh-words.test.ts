// SPDX-License-Identifier: GPL-2.0-only
/** The words that go through the shell at the other end of ssh come out as they were, by a real sh. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { remoteCommand } from '../../../src/machines/ssh/words.ts';
import { createRandom } from '../../../src/stats/random.ts';

/** What a shell reads as something else, and a few letters of every width. */
const LETTERS = [...' \t\n\'"`$\\!*?[]{}()<>|&;#~=%^,-+./:@azAZ09', 'é', '京', '😀'];

/** What sh makes of a command, as ssh's server runs it: the words that a program is given. */
function wordsOf(command: string): string[] {
  const out = execFileSync('sh', ['-c', command], { encoding: 'utf8' });
  return out.split('\0').slice(0, -1);
}

const print = (words: readonly string[]) => remoteCommand(['printf', '%s\\0', ...words]);

describe('words for the shell at the other end', () => {
  it('are what they were, whatever they are', () => {
    const random = createRandom(42);
    const word = () => Array.from({ length: random.below(12) }, () => LETTERS[random.below(LETTERS.length)]).join('');
    for (let round = 0; round < 60; round++) {
      const words = Array.from({ length: 1 + random.below(8) }, word);
      assert.deepEqual(wordsOf(print(words)), words, JSON.stringify(words));
    }
  });

  it('are what they were, for those that are known to be hard', () => {
    const words = ['', "'", "''", "a'b", '$(id)', '`id`', '$HOME', '~', '-n', '\\', '\\n', 'a\nb', '*', '; rm', '!!'];
    assert.deepEqual(wordsOf(print(words)), words);
  });

  it('stay readable where no shell reads more into them', () => {
    assert.equal(remoteCommand(['ip', '-n', 'host1', 'link', 'set', 'eth1', 'up']), 'ip -n host1 link set eth1 up');
  });

  it('have no NUL', () => {
    assert.throws(() => remoteCommand(['a\0b']), /NUL/);
  });
});
