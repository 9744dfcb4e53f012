/** What a note is made of, whether it was typed as Markdown, read from an old mail, or made from a run. */
import { HARMFUL } from '../run-store/plain-text.ts';

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
