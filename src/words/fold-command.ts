// SPDX-License-Identifier: GPL-2.0-only
/** Breaks a shell command into lines that a shell still reads as the one command. */
import { widthOf } from './text-width.ts';

/** Only between words, never inside quotes; each line but the last ends with a backslash. A word that is too long has a line of its own. */
export function foldCommand(command: string, width: number, rest = '    '): string[] {
  if (widthOf(command) <= width) return [command];
  const lines: string[] = [];
  let line = '';
  for (const word of shellWords(command)) {
    // Room for the blank and the backslash.
    if (line.trim() !== '' && widthOf(line) + 1 + widthOf(word) + 2 > width) {
      lines.push(`${line} \\`);
      line = `${rest}${word}`;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** The words with their quotes; blanks before the first stay with it. */
function shellWords(command: string): readonly string[] {
  return command.match(/^ *(?:'[^']*'|\\.|[^ '\\])+|(?:'[^']*'|\\.|[^ '\\])+/g) ?? [command];
}
