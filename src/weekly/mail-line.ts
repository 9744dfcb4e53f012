// SPDX-License-Identifier: GPL-2.0-only
/** Lines of a mail with their ends: joined again they are the mail, byte for byte. */
import { HARMFUL } from '../words/plain-text.ts';

export interface Line {
  readonly text: string;
  /** "\n", "\r\n", or "" behind the last one. */
  readonly end: string;
}

const TAB_COLUMNS = 8;

export function linesOf(text: string): Line[] {
  const lines: Line[] = [];
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start);
    const next = newline === -1 ? text.length : newline + 1;
    const stop = newline === -1 ? next : text[newline - 1] === '\r' && newline > start ? newline - 1 : newline;
    lines.push({ text: text.slice(start, stop), end: text.slice(stop, next) });
    start = next;
  }
  return lines;
}

export function joinLines(lines: readonly Line[]): string {
  return lines.map(({ text, end }) => text + end).join('');
}

/** Columns before the first sign. */
export function indentOf(text: string): number {
  let columns = 0;
  for (const sign of text) {
    if (sign === ' ') columns += 1;
    else if (sign === '\t') columns += TAB_COLUMNS - (columns % TAB_COLUMNS);
    else if (sign !== '\uFEFF') break;
  }
  return columns;
}

/** A text in one line: white space as single blanks, nothing that a terminal obeys. */
export function oneLine(text: string): string {
  return text.replace(HARMFUL, ' ').replace(/\s+/gu, ' ').trim();
}
