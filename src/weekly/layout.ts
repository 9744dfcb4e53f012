// SPDX-License-Identifier: GPL-2.0-only
/** The shapes of the plain-text layout: what the renderer writes and the importer reads, in one place. */

import { widthOf } from '../words/text-width.ts';
import { plainLine, trimEmpty } from './block.ts';
import { cutColumns } from './wrap-mail.ts';

/** Columns of the mail. */
export const MAIL_WIDTH = 100;
export const NO_UPDATE = '(no update)';
export const NO_PROGRESS = 'No progress';
export const PIPE = '| ';

export const SECTION = /^\s{0,3}={2,}\s*(\S.*?)\s*={2,}\s*$/;
export const CARD = /^\s{0,3}\[((?=[^\]]*[A-Za-z])[A-Za-z0-9][A-Za-z0-9._-]{0,39})\]\s*(.*)$/;
export const FOOTNOTE_LINE = /^\s{0,3}\[(\d{1,4})\][:.]?\s+(\S.*)$/;
export const BULLET_LINE = /^(\s*)([-*+•·]|o(?=\s)|\d{1,2}[.)])\s+(\S.*)$/;
export const STATE_LINE = /^\s*\(?([a-z]{1,2})[.)]\s+(\S.*)$/;

/** Whether a line could be taken for the beginning of something else than a table. */
function looksLikeStart(line: string): boolean {
  return (
    [SECTION, CARD, FOOTNOTE_LINE, BULLET_LINE, STATE_LINE].some((shape) => shape.test(line)) ||
    /^\s*(?:[|>]|\(no |no progress)/i.test(line)
  );
}

/** Columns with at least two blanks between them: what tells a table from a paragraph. */
export function looksLikeTable(lines: readonly string[]): boolean {
  return lines.some((line) => /\S(?: {2,}|\t+)\S/.test(line.trim()));
}

/** How lines stand in a mail: a table as it is, everything else behind a pipe, so that it can be read back. */
export function verbatimLines(lines: readonly string[], width: number): string[] {
  const plain = dedent(trimEmpty(lines.map(plainLine)));
  const [first = ''] = plain;
  const asTheyAre =
    looksLikeTable(plain) && !looksLikeStart(first) && plain.every((line) => line !== '' && widthOf(line) <= width);
  return asTheyAre
    ? plain
    : plain.flatMap((line) => cutLine(line, width - PIPE.length)).map((line) => `${PIPE}${line}`.trimEnd());
}

/** What all lines are indented by belongs to where the block stands, not to the block. */
export function dedent(lines: readonly string[]): string[] {
  const indents = lines.filter((line) => line.trim() !== '').map((line) => /^ */.exec(line)?.[0].length ?? 0);
  const common = indents.length === 0 ? 0 : Math.min(...indents);
  return lines.map((line) => line.slice(common));
}

/** A backslash says that the line goes on, as in a shell. */
function cutLine(line: string, width: number): string[] {
  const room = Math.max(8, width);
  if (widthOf(line) <= room) return [line];
  const pieces = cutColumns(line, room - 1);
  return pieces.map((piece, index) => (index === pieces.length - 1 ? piece : `${piece}\\`));
}

/** Undoes `cutLine`: a backslash in the last columns of the mail. */
export function joinCut(lines: readonly string[], width: number): string[] {
  const joined: string[] = [];
  let open = false;
  for (const line of lines) {
    const last = joined.at(-1);
    const isCut = line.endsWith('\\') && widthOf(line) >= Math.max(8, width) - 1;
    const text = isCut ? line.slice(0, -1) : line;
    if (open && last !== undefined) joined[joined.length - 1] = last + text;
    else joined.push(text);
    open = isCut;
  }
  return joined;
}
