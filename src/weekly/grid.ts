// SPDX-License-Identifier: GPL-2.0-only
/** Tables of Markdown: read, and laid out in columns of a fixed width. */

import { padEnd, padStart, widthOf } from '../words/text-width.ts';
import { type Grid, oneLine } from './block.ts';
import { wrapMail } from './wrap-mail.ts';

const GAP = '  ';
const LEAST_COLUMN = 8;
const RULE = /^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/;

/** The table that begins in the first line, and how many lines it has; null where none does. */
export function parseGrid(lines: readonly string[]): { readonly grid: Grid; readonly lines: number } | null {
  const [first = '', rule = ''] = lines;
  if (!first.trimStart().startsWith('|') || !rule.includes('-') || !RULE.test(rule)) return null;
  const rows = [cellsOf(first)];
  const columns = rows[0]?.length ?? 0;
  let count = 2;
  for (const line of lines.slice(2)) {
    if (!line.trimStart().startsWith('|')) break;
    rows.push(cellsOf(line));
    count += 1;
  }
  const sides = cellsOf(rule).map((cell) => (cell.endsWith(':') && !cell.startsWith(':') ? 'right' : 'left'));
  const align = Array.from({ length: columns }, (_, index) => sides[index] ?? 'left');
  const even = rows.map((row) => Array.from({ length: columns }, (_, index) => row[index] ?? ''));
  return { grid: { kind: 'grid', rows: even, align }, lines: count };
}

function cellsOf(line: string): string[] {
  const inner = line
    .trim()
    .replace(/^\|/, '')
    .replace(/(?<!\\)\|$/, '');
  return inner.split(/(?<!\\)\|/).map((cell) => oneLine(cell.replaceAll('\\|', '|')));
}

/** Lines of at most `width` columns where that can be: cells of the widest columns are wrapped. */
export function layOutGrid({ rows, align }: Grid, width: number): string[] {
  const widths = align.map((_, column) => Math.max(1, ...rows.map((row) => widthOf(row[column] ?? ''))));
  const total = () => widths.reduce((sum, each) => sum + each, (widths.length - 1) * GAP.length);
  while (total() > width) {
    const widest = widths.indexOf(Math.max(...widths));
    if ((widths[widest] ?? 0) <= LEAST_COLUMN) break;
    widths[widest] = Math.max(LEAST_COLUMN, (widths[widest] ?? 0) - (total() - width));
  }
  const lines = rows.flatMap((row) => {
    const cells = widths.map((room, column) => wrapCell(row[column] ?? '', room));
    const height = Math.max(...cells.map((cell) => cell.length));
    return Array.from({ length: height }, (_, line) =>
      cells
        .map((cell, column) => (align[column] === 'right' ? padStart : padEnd)(cell[line] ?? '', widths[column] ?? 0))
        .join(GAP)
        .trimEnd(),
    );
  });
  return lines.filter((line) => line !== '');
}

function wrapCell(text: string, room: number): string[] {
  return widthOf(text) <= room ? [text] : wrapMail(text, { width: room, first: '', rest: '' });
}
