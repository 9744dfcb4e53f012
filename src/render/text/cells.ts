// SPDX-License-Identifier: GPL-2.0-only
/** The table of all probes as text: one line of heads, then each probe's heading and rows. */
import type { CellSummary, ProbeReport } from '../../model/result.ts';
import type { Unit } from '../../model/unit.ts';
import { probeOf } from '../../probes/index.ts';
import { unitWords } from '../../words/figure.ts';
import { formatHeading } from '../../words/format.ts';
import type { PathLabel } from '../../words/path-labels.ts';
import { plainText } from '../../words/plain-text.ts';
import { indented, wrap } from '../../words/wrap.ts';
import { columnsOf } from './cell-columns.ts';
import { paint, type TextOptions } from './style.ts';
import type { Column } from './table.ts';
import { layOutByUnit, lineGiver, type UnitTables } from './unit-tables.ts';

/** Behind the name of a path whose counters do not show the transactions. */
export const UNPROVEN = '*';

/** What all parts of the text share. */
export interface TextContext {
  readonly label: PathLabel;
  /** Twin -> the path it doubles. */
  readonly twins: ReadonlyMap<string, string>;
  /** Whether there are several probes, so that failures and warnings must name theirs. */
  readonly named: boolean;
  /** Whether the guest's CPU was emulated: it limits every figure, and so stands in every heading. */
  readonly emulated: boolean;
  readonly options: TextOptions;
}

/** The rows of all probes. */
export function layOutCells(probes: readonly ProbeReport[], context: TextContext): UnitTables {
  const rows = probes.flatMap(({ cells }) => cells);
  const unitOf = ({ unit }: CellSummary): Unit => unit ?? 'ns';
  return layOutByUnit(rows, { unitOf, columns: (unit) => columns(unit, context), width: context.options.width });
}

/** The lines of the tables: the columns' heads once, then a heading, rows and counts for each probe. */
export function renderCells(probes: readonly ProbeReport[], tables: UnitTables, context: TextContext): string[] {
  const { options, named, emulated } = context;
  const give = lineGiver(tables);
  return probes.flatMap(({ probe, k, cells }, index) => {
    const { head, lines: rows } = give(probeOf(probe.protocol).unit, cells.length);
    const rotation = k > 1 ? `K = ${k} paths in rotation` : 'K = 1, each path on its own';
    const name = named ? `${probe.name}: ` : '';
    const text = `${name}${formatHeading(probe, rotation, emulated)}`;
    const heading = wrap(plainText(text), { width: options.width, first: '', rest: '  ' });
    return [
      ...(index === 0 ? [] : ['']),
      ...(head === null ? [] : [paint(head, 'faint', options)]),
      ...heading.map((line) => paint(line, 'heading', options)),
      ...(rows.length === 0 ? ['  (no row: no overview block can be used)'] : rows),
      ...countLines(cells, context).map((line) => paint(line, 'faint', options)),
    ];
  });
}

function columns(unit: Unit, { label }: TextContext): readonly Column<CellSummary>[] {
  const { head } = unitWords(unit);
  return [
    { head, align: 'left', keep: 99, cell: (row) => `${label(row.path)}${row.proven ? '' : UNPROVEN}` },
    ...columnsOf(unit),
  ];
}

function countLines(cells: readonly CellSummary[], context: TextContext): string[] {
  const text = countText(cells, context);
  return text === '' ? [] : indented(plainText(text), context.options.width);
}

/**
 * What was lost, left out or disturbed, "lost: tap 3 · preempted: host 7"; several paths with the same figure share it.
 * Empty where nothing was.
 */
export function countText(cells: readonly CellSummary[], { label }: Pick<TextContext, 'label'>): string {
  const kinds = [
    ['lost', ({ lost }) => lost],
    ['discarded', (cell) => cell.discarded],
    ['preempted', ({ preempted }) => preempted],
    ['retransmitted', ({ retransmitted }) => retransmitted],
  ] satisfies [string, (cell: CellSummary) => number][];
  const counts = kinds.flatMap(([what, count]) => {
    const figure = (cell: CellSummary): string => (count(cell) === cell.n ? 'all' : `${count(cell)}`);
    const some = byFigure(
      cells.filter((cell) => count(cell) > 0),
      figure,
    ).flatMap(([text, group]) => {
      const names = group.map(({ path }) => label(path));
      return names.length > 2 ? [`${names.join(', ')} ${text} each`] : names.map((name) => `${name} ${text}`);
    });
    return some.length === 0 ? [] : [`${what}: ${some.join(', ')}`];
  });
  // A slot is the client's: those that rotate together share the ones that it skipped.
  const skipped = byFigure(
    cells.filter((cell) => cell.skippedSlots > 0),
    (cell) => `${cell.skippedSlots}`,
  ).map(([text, group]) => `${text} (${group.map(({ path }) => label(path)).join(', ')})`);
  const slots = skipped.length === 0 ? [] : [`slots skipped by the client: ${skipped.join(', ')}`];
  return [...counts, ...slots].join(' · ');
}

function byFigure(
  cells: readonly CellSummary[],
  figure: (cell: CellSummary) => string,
): [string, readonly CellSummary[]][] {
  const figures = [...new Set(cells.map(figure))];
  return figures.map((text) => [text, cells.filter((cell) => figure(cell) === text)]);
}
