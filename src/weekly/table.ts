// SPDX-License-Identifier: GPL-2.0-only
/** Tables of a mail: columns with blanks, tabs or bars between them. */
import { bulletOf, itemOf } from './line-kind.ts';
import type { Line } from './mail-line.ts';
import { type Node, walk } from './mail-tree.ts';

export interface Cell {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const MOST_ROW = 1000;
const RULE = /^[\s|+:=-]*-{2,}[\s|+:=-]*$/;

/** The cells of a row with their places. */
export function cellsOf(row: string): Cell[] {
  const found = row.slice(0, MOST_ROW).matchAll(/[^\s|]+(?: [^\s|]+)*/g);
  return [...found].map(({ 0: text, index }) => ({ text, start: index, end: index + text.length }));
}

/** The lines of a table without its rules. */
export function rowsOf(lines: readonly Line[]): Line[] {
  return lines.filter(({ text }) => !RULE.test(text));
}

/** How many lines from here on are one table; 0 for none. Two rows at least, with cells below one another. */
export function tableLength(lines: readonly Line[], at: number): number {
  let length = 0;
  let columns: readonly Cell[] | null = null;
  for (; at + length < lines.length; length++) {
    const text = lines[at + length]?.text ?? '';
    if (text.trim() === '') break;
    if (RULE.test(text)) continue;
    if (bulletOf(text) !== null || itemOf(text) !== null || /^\s*\[/.test(text)) break;
    const cells = cellsOf(text);
    const isBarred = text.indexOf('|') !== text.lastIndexOf('|');
    if (!isBarred && (cells.length < 2 || (columns !== null && !areBelow(columns, cells)))) break;
    columns ??= cells;
  }
  const rows = rowsOf(lines.slice(at, at + length));
  const isWide = rows.some(({ text }) => text.includes('|') || cellsOf(text).length > 2);
  return rows.length > (isWide ? 1 : 2) ? length : 0;
}

/** Most cells begin or end where one of the first row does. */
function areBelow(first: readonly Cell[], cells: readonly Cell[]): boolean {
  const starts = new Set(first.map(({ start }) => start));
  const ends = new Set(first.map(({ end }) => end));
  const below = cells.slice(1).filter(({ start, end }) => starts.has(start) || ends.has(end)).length;
  return below * 2 >= Math.min(cells.length, first.length) - 1 && below > 0;
}

const FIGURE = /^[<>~±]?-?\d[\d.,]*(?:e-?\d+)?(?: ?(?:[unm]?s|usec|msec|us\/op|t\/s|[kMG]?(?:bit|B|pps)(?:\/s)?))?$/i;

/** Whether most of what is beside the names are figures: a table of tasks is none of results. */
export function hasFigures(lines: readonly Line[]): boolean {
  const [, ...rows] = rowsOf(lines);
  const cells = rows.flatMap(({ text }) => cellsOf(text).slice(1));
  return cells.filter(({ text }) => FIGURE.test(text)).length * 2 > cells.length;
}

/** Every table, with the paragraph that it hangs on, and with what stands below it: its legend perhaps. */
export function tablesIn(nodes: readonly Node[]) {
  return [...walk(nodes)].flatMap(({ node, above }) => {
    if (node.kind !== 'table') return [];
    const parent = above.at(-1);
    const titled = parent?.kind === 'text' ? parent : null;
    const siblings = (titled === null ? parent : above.at(-2))?.children ?? nodes;
    return [{ node, titled, next: siblings[siblings.indexOf(titled ?? node) + 1] }];
  });
}

export type TableInMail = ReturnType<typeof tablesIn>[number];
