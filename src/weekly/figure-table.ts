// SPDX-License-Identifier: GPL-2.0-only
/** The tables of a card whose columns hoplab knows, with the place of every figure in them. */
import type { LatencyCell } from '../model/result.ts';
import { COLUMNS, type Column } from './figure-words.ts';
import type { Line } from './mail-line.ts';
import type { Card } from './mail-tree.ts';
import { type Cell, cellsOf, isRule, type TableInMail, tablesIn } from './table.ts';

interface Row {
  readonly line: Line;
  readonly name: Cell;
  /** Without the name. */
  readonly cells: readonly Cell[];
  /** By column: figures end below one another. */
  readonly isRight: readonly boolean[];
}

export interface FigureTable {
  readonly title: string;
  readonly titleLine: Line | null;
  /** null for one that hoplab has no figure for. */
  readonly columns: readonly (Column | null)[];
  readonly rows: readonly Row[];
  /** The line of runs below it. */
  readonly legend: readonly Line[];
}

const LEAST_KNOWN = 2;

export function figureTables(card: Card): FigureTable[] {
  return [...tablesIn([card])].flatMap((table) => readTable(table) ?? []);
}

function readTable({ node, titled, next }: TableInMail): FigureTable | null {
  const [head, ...rest] = node.lines.filter(({ text }) => !isRule(text));
  if (head === undefined) return null;
  const rows = rest.map((line) => ({ line, cells: cellsOf(line.text) }));
  const names = cellsOf(head.text);
  // A head without a word for the names has a cell less.
  const hasName = rows.every(({ cells }) => cells.length <= names.length);
  const columns = names
    .slice(hasName ? 1 : 0)
    .map(({ text }) => COLUMNS.find(({ pattern }) => pattern.test(text)) ?? null);
  if (columns.filter((column) => column !== null).length < LEAST_KNOWN || rows.length === 0) return null;
  const title = titled?.lines.map(({ text }) => text.trim()).join(' ') ?? '';
  // Figures are in us: a table in another unit is its writer's.
  if (/(?:\bin |[[(])(?:ms|ns|msec|nsec|s|seconds)\b/.test(`${title} ${head.text}`)) return null;
  const isRight = columns.map((_, at) => {
    const ends = rows.flatMap(({ cells }) => cells[at + 1]?.end ?? []);
    const starts = rows.flatMap(({ cells }) => cells[at + 1]?.start ?? []);
    return new Set(ends).size === 1 || new Set(starts).size > 1;
  });
  const isLegend = next?.kind === 'text' && /\brun \d{8}-\d{6}-/.test(next.lines[0]?.text ?? '');
  return {
    title,
    titleLine: titled?.lines.at(-1) ?? null,
    columns,
    rows: rows.flatMap(({ line, cells }) => {
      const [name, ...figures] = cells;
      return name === undefined ? [] : [{ line, name, cells: figures, isRight }];
    }),
    legend: isLegend ? next.lines : [],
  };
}

/** A row with the figures of a path in the same columns; what hoplab has no figure for stays. */
export function mergeRow({ line, cells, isRight }: Row, { columns }: FigureTable, cell: LatencyCell): string {
  let text = line.text.trimEnd();
  for (let at = cells.length - 1; at >= 0; at--) {
    const [old, column = null] = [cells[at], columns[at]];
    if (old === undefined || column === null) continue;
    text = putCell(text, old, { value: column.value(cell), isRight: isRight[at] !== false });
  }
  return text;
}

/** Begins or ends where the old one did; blanks beside it make room, but for one. */
export function putCell(
  text: string,
  { start, end }: Pick<Cell, 'start' | 'end'>,
  { value, isRight }: { readonly value: string; readonly isRight: boolean },
): string {
  const [before, behind] = [text.slice(0, start), text.slice(end)];
  const blanks = (isRight ? /\s*$/.exec(before)?.[0] : /^\s*/.exec(behind)?.[0]) ?? '';
  const more = Math.max(0, Math.min(value.length - (end - start), blanks.length - 1));
  return isRight
    ? before.slice(0, before.length - more) + value.padStart(end - start) + behind
    : before + value.padEnd(end - start) + behind.slice(more);
}
