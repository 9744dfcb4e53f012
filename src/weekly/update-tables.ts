// SPDX-License-Identifier: GPL-2.0-only
/** Tables of figures: rows that were measured again get the new figures, and a card that has no table yet gets one. */
import type { LatencyCell, ProbeReport } from '../model/result.ts';
import { formatProbe } from '../words/format.ts';
import { padEnd, padStart, widthOf } from '../words/text-width.ts';
import { Edits } from './edits.ts';
import { lastLineOf } from './entry-style.ts';
import type { RunFact } from './facts.ts';
import { type FigureTable, figureTables, mergeRow, renameRow } from './figure-table.ts';
import { COLUMNS, cellsOfProbe, legendOf, OWN_COLUMNS, paceOf, tableTitle } from './figure-words.ts';
import type { Card, Mail } from './mail-tree.ts';
import { type CardFacts, type NamedCard, pathOfName } from './run-cards.ts';
import { wrapMail } from './wrap-mail.ts';

const NEW = '  <= new';

export function updateTables(mail: Mail, cards: readonly CardFacts[], width: number): Edits {
  const edits = new Edits(mail.lines);
  for (const { card, named, runs } of cards) {
    const tables = figureTables(card);
    for (const measured of newestOfProbes(runs)) {
      const { run, part } = measured;
      const table = tables.find((each) => isAbout(each, measured, tables.length === 1));
      const context = { edits, card, named, run, part, width };
      if (table === undefined) addTable(context);
      else refresh(table, context);
    }
  }
  return edits;
}

interface Measured {
  readonly run: RunFact;
  readonly part: ProbeReport;
  /** There was one probe alone, or one alone of this pace. */
  readonly isOnly: boolean;
  readonly isOnlyOfPace: boolean;
}

interface Context {
  readonly edits: Edits;
  readonly card: Card;
  readonly named: NamedCard;
  readonly run: RunFact;
  readonly part: ProbeReport;
  readonly width: number;
}

/** Of every probe the newest run. */
function newestOfProbes(runs: readonly RunFact[]): Measured[] {
  const probes = new Map<string, { readonly run: RunFact; readonly part: ProbeReport }>();
  for (const run of runs)
    for (const part of run.report.probes)
      if (cellsOfProbe(part).length > 0) probes.set(formatProbe(part.probe), { run, part });
  const all = [...probes.values()];
  return all.map((measured) => ({
    ...measured,
    isOnly: all.length === 1,
    isOnlyOfPace: all.filter(({ part }) => paceOf(part.probe) === paceOf(measured.part.probe)).length === 1,
  }));
}

/** By the probe in its title, else by its pace, else because there is no other table and no other probe. */
function isAbout({ title }: FigureTable, { part, isOnly, isOnlyOfPace }: Measured, isOnlyTable: boolean): boolean {
  if (title.includes(formatProbe(part.probe))) return true;
  if (/TCP_|UDP_/.test(title)) return false;
  if (/back to back|every \d/.test(title)) return title.includes(paceOf(part.probe)) && isOnlyOfPace;
  return isOnly && isOnlyTable;
}

function refresh(table: FigureTable, { edits, named, run, part, width }: Context): void {
  const told = { place: named.id, why: `run ${run.id}` };
  const cells = inOrder(cellsOfProbe(part), named);
  const paths = new Set(cells.map(({ path }) => path));
  const rows = table.rows.map((row) => ({ row, path: pathOfName(row.name, named, paths) }));
  for (const { row, path } of rows) {
    const cell = cells.find((each) => each.path === path);
    if (cell === undefined) continue;
    edits.replace([row.line], [mergeRow(row, valuesOf(table, cell)) + NEW], told);
  }
  const last = table.rows.at(-1);
  if (last === undefined) return;
  const isComplete = rows.every(({ path }) => path !== null);
  // A table of paths has them all; one with names of its writer's has those that he wants.
  const more = rows.every(({ row, path }) => row.name === path)
    ? cells.filter(({ path }) => !rows.some((row) => row.path === path))
    : [];
  const added = more.map((cell) => {
    const row = { ...last, line: { ...last.line, text: last.line.text.replace(NEW, '') } };
    return renameRow(mergeRow(row, valuesOf(table, cell)), last, cell.path) + NEW;
  });
  const indent = /^\s*/.exec(last.line.text)?.[0] ?? '';
  const legend = wrapMail(legendOf(run, part), { width, first: indent, rest: `${indent}  ` });
  if (added.length > 0) edits.insert('after', last.line, added, told);
  if (table.legend.length > 0 && isComplete) edits.replace(table.legend, legend, told);
  else edits.insert('after', table.legend.at(-1) ?? last.line, legend, told);
  const week = /\s?\(\d{4}-W\d\d\)/;
  const title = table.titleLine;
  if (title !== null && isComplete && week.test(title.text)) {
    const text = title.text.replace(week, '');
    edits.replace([title], text.trim() === '' ? [] : [text], told);
  }
}

/** As the checklist has them. */
function inOrder(all: readonly LatencyCell[], named: NamedCard): LatencyCell[] {
  const paths = new Set(all.map(({ path }) => path));
  const order = named.names.map((name) => pathOfName(name, named, paths));
  const rank = ({ path }: LatencyCell): number => (order.includes(path) ? order.indexOf(path) : order.length);
  return [...all].sort((a, b) => rank(a) - rank(b));
}

function valuesOf({ columns }: FigureTable, cell: LatencyCell): (string | null)[] {
  return columns.map((column) => (column === null ? null : column.value(cell)));
}

function addTable({ edits, card, named, run, part, width }: Context): void {
  const line = lastLineOf(card);
  if (line === undefined) return;
  const columns = OWN_COLUMNS.flatMap((name) => COLUMNS.find((column) => column.name === name) ?? []);
  const head = ['path', ...columns.map(({ name }) => name)];
  const cells = inOrder(cellsOfProbe(part), named);
  const rows = [head, ...cells.map((cell) => [cell.path, ...columns.map((column) => column.value(cell))])];
  const widths = head.map((_, at) => Math.max(...rows.map((row) => widthOf(row[at] ?? ''))));
  const shown = rows.map((row, index) => {
    const padded = row.map((cell, at) => (at === 0 ? padEnd(cell, widths[at] ?? 0) : padStart(cell, widths[at] ?? 0)));
    return `    ${padded.join('  ').trimEnd()}${index === 0 ? '' : NEW}`;
  });
  const legend = wrapMail(legendOf(run, part), { width, first: '    ', rest: '      ' });
  const isFirst = card.children.every(({ kind }) => kind === 'quiet' || kind === 'blank');
  const texts = [...(isFirst ? [] : ['']), `  ${tableTitle(part.probe)}`, ...shown, ...legend];
  edits.insert('after', line, texts, { place: card.id, why: `run ${run.id}` });
}
