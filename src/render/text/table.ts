// SPDX-License-Identifier: GPL-2.0-only
/** Lays out the table of one probe: columns leave in a fixed order until it fits the width. */
import { cutTo, padEnd, padStart, widthOf } from '../../words/text-width.ts';

/** A column; `keep` says how long it stays when the width shrinks: the lowest leaves first, from STAYS on none does. */
export interface Column<R> {
  readonly head: string;
  readonly align: 'left' | 'right';
  readonly keep: number;
  /** null = nothing to say in this row. */
  readonly cell: (row: R) => string | null;
}

export interface Table {
  readonly head: string;
  readonly rows: readonly string[];
  /** Heads of the columns that are there, and of those that did not fit. */
  readonly shown: readonly string[];
  readonly left: readonly string[];
  /** The width at which nothing is left out. */
  readonly fullWidth: number;
}

const GAP = 2;
const INDENT = 2;
const NOTHING = '-';
/** What a comparison cannot do without: the path, its figure, the difference, the outcome. */
const STAYS = 97;
/** A name that is cut shows at least so much of itself. */
const LEAST_NAME = 8;

/** Columns in which no row has anything to say are not shown. */
export function layOut<R>(columns: readonly Column<R>[], rows: readonly R[], width: number): Table {
  const filled = columns
    .map((column) => ({ column, texts: rows.map((row) => column.cell(row)) }))
    .filter(({ texts }) => texts.some((text) => text !== null))
    .map(({ column, texts }) => ({ column, texts: texts.map((text) => text ?? NOTHING) }))
    .map((entry) => ({ ...entry, width: Math.max(widthOf(entry.column.head), ...entry.texts.map(widthOf)) }));
  const shown = [...filled];
  const total = (): number => INDENT + shown.reduce((sum, entry) => sum + entry.width + GAP, -GAP);
  const fullWidth = total();
  while (total() > width && shown.length > 2) {
    const least = Math.min(...shown.map(({ column }) => column.keep));
    if (least >= STAYS) break;
    shown.splice(
      shown.findIndex(({ column }) => column.keep === least),
      1,
    );
  }
  const [name] = shown;
  if (name !== undefined && total() > width) name.width = Math.max(LEAST_NAME, name.width - (total() - width));
  const line = (text: (entry: (typeof shown)[number]) => string): string =>
    (
      ' '.repeat(INDENT) +
      shown
        .map((entry) =>
          (entry.column.align === 'left' ? padEnd : padStart)(cutTo(text(entry), entry.width), entry.width),
        )
        .join(' '.repeat(GAP))
    ).trimEnd();
  return {
    head: line(({ column }) => column.head),
    rows: rows.map((_, index) => line(({ texts }) => texts[index] ?? NOTHING)),
    shown: shown.map(({ column }) => column.head),
    left: filled.filter((entry) => !shown.includes(entry)).map(({ column }) => column.head),
    fullWidth,
  };
}
