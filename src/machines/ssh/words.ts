// SPDX-License-Identifier: GPL-2.0-only
/** Words of a command as the shell at the other end of ssh reads them: the one place where they are quoted. Pure. */

/** What no POSIX shell reads as anything else. */
const PLAIN = /^[A-Za-z0-9_./:@%+-]+$/;

/** ssh joins its words with spaces and gives them to a shell: this is the one word that comes out as the argv again. */
export function remoteCommand(argv: readonly string[]): string {
  return argv.map(quoteWord).join(' ');
}

/** For sh; csh and fish, which read a backslash or an exclamation mark in quotes, take what lab commands consist of. */
function quoteWord(word: string): string {
  if (word.includes('\0')) throw new Error('a word of a command cannot have a NUL');
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
