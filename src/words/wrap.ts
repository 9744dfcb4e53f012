// SPDX-License-Identifier: GPL-2.0-only
/** Breaks text into lines of a given width. */

export interface WrapOptions {
  readonly width: number;
  /** Before the first line. */
  readonly first: string;
  /** Before every other line. */
  readonly rest: string;
}

/** Words are never broken, so that a command can be copied: a word that is too long has a line of its own. */
export function wrap(text: string, { width, first, rest }: WrapOptions): string[] {
  const lines: string[] = [];
  let line = first;
  let empty = true;
  for (const word of text.split(' ')) {
    if (word === '') continue;
    if (!empty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = rest;
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  return [...lines, line];
}

/** A line with two blanks before it, and four before what does not fit. */
export function indented(text: string, width: number): string[] {
  return wrap(text, { width, first: '  ', rest: '    ' });
}
