// SPDX-License-Identifier: GPL-2.0-only
/** What a note is made of, whether it was typed as Markdown, read from an old mail, or made from a run. */
import { HARMFUL } from '../words/plain-text.ts';

/** A bullet; its text is one line of Markdown: [words](address), [^1]. */
export interface Item {
  readonly kind: 'item';
  readonly text: string;
  readonly children: readonly Block[];
}

/** Lines that are kept as they are: a table, code. */
export interface Verbatim {
  readonly kind: 'verbatim';
  readonly lines: readonly string[];
}

/** A table in Markdown, laid out when it is rendered. */
export interface Grid {
  readonly kind: 'grid';
  readonly rows: readonly (readonly string[])[];
  readonly align: readonly ('left' | 'right')[];
}

export type Block = Item | Verbatim | Grid;

/** A text in one line: white space as single blanks, nothing that a terminal obeys. */
export function oneLine(text: string): string {
  return text.replace(HARMFUL, ' ').replace(/\s+/gu, ' ').trim();
}

/** A line of a table or of code: its blanks stay. */
export function plainLine(line: string): string {
  return line.replaceAll('\t', '        ').replace(HARMFUL, ' ').trimEnd();
}

export function item(text: string, children: readonly Block[] = []): Item {
  return { kind: 'item', text, children };
}

/** A fence of three or more signs opens a block of code, and closes it. */
export const FENCE = /^(\s*)(`{3,}|~{3,})(.*)$/;

/** Without empty lines at both ends. */
export function trimEmpty(lines: readonly string[]): string[] {
  const first = lines.findIndex((line) => line.trim() !== '');
  const last = lines.findLastIndex((line) => line.trim() !== '');
  return first === -1 ? [] : lines.slice(first, last + 1);
}

/** Columns before the first sign; a tab goes to the next multiple of four. */
export function indentOf(text: string): number {
  let columns = 0;
  for (const sign of text) {
    if (sign === ' ') columns += 1;
    else if (sign === '\t') columns += 4 - (columns % 4);
    else break;
  }
  return columns;
}
