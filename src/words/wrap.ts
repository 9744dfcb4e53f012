// SPDX-License-Identifier: GPL-2.0-only
/** Breaks text into lines of a given width. */
import { asCalled } from './program-name.ts';
import { widthOf } from './text-width.ts';

export interface WrapOptions {
  readonly width: number;
  /** Before the first line. */
  readonly first: string;
  /** Before every other line. */
  readonly rest: string;
}

/** Words are never broken, so that a command can be copied: a word that is too long has a line of its own. */
export function wrap(text: string, options: WrapOptions): string[] {
  return fill(asCalled(text).split(' '), options);
}

/** Lines of words, or of what else must not be broken. */
export function fill(words: readonly string[], { width, first, rest }: WrapOptions): string[] {
  const lines: string[] = [];
  let line = first;
  let taken = widthOf(first);
  let empty = true;
  for (const word of words) {
    if (word === '') continue;
    const room = widthOf(word);
    if (!empty && taken + 1 + room > width) {
      lines.push(line);
      line = rest;
      taken = widthOf(rest);
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    taken += empty ? room : room + 1;
    empty = false;
  }
  return [...lines, line];
}

/** Each line of a text by itself; what it is continued on stands four columns behind its own beginning. */
export function wrapLines(text: string, width: number): string[] {
  return text.split('\n').flatMap((line) => {
    const said = asCalled(line);
    if (widthOf(said) <= width) return [said];
    const first = /^ */.exec(line)?.[0] ?? '';
    return wrap(line, { width, first, rest: `${first}    ` });
  });
}

/** A line with two blanks before it, and four before what does not fit. */
export function indented(text: string, width: number): string[] {
  return wrap(text, { width, first: '  ', rest: '    ' });
}
