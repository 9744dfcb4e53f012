// SPDX-License-Identifier: GPL-2.0-only
/** Tables of figures: rows that were measured again get the new figures, and a card that has no table yet gets one. */
import type { LatencyCell, ProbeReport } from '../model/result.ts';
import { formatProbe } from '../words/format.ts';
import { padEnd, padStart, widthOf } from '../words/text-width.ts';
import { Edits } from './edits.ts';
import { lastLineOf } from './entry-style.ts';
import type { RunFact } from './facts.ts';
import { type FigureTable, figureTables, mergeRow, putCell } from './figure-table.ts';
import { COLUMNS, cellsOfProbe, legendOf, OWN_COLUMNS, paceOf, tableTitle } from './figure-words.ts';
import type { Card, Mail } from './mail-tree.ts';
import { type CardFacts, type NamedCard, pathOfName } from './run-cards.ts';
import { wrapMail } from './wrap-mail.ts';

const NEW = '  <= new';

export function updateTables(mail: Mail, cards: readonly CardFacts[], width: number): Edits {
  const edits = new Edits(mail.lines);
  for (const { card, named, runs } of cards) {
    const tables = figureTables(card);
    const measured = newestOfProbes(runs);
    for (const { run, part } of measured) {
      const parts = measured.map((each) => each.part);
      const table = tables.find((each) => isAbout(each, part, { parts, tables }));
      const context = { edits, card, named, run, part, width };
      if (table === undefined) addTable(context);
      else refresh(table, context);
    }
  }
  return edits;
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
function newestOfProbes(runs: readonly RunFact[]): Pick<Context, 'run' | 'part'>[] {
  const all = runs.flatMap((run) => run.report.probes.map((part) => ({ run, part })));
  const told = all.filter(({ part }) => cellsOfProbe(part).length > 0);
  return [...new Map(told.map((one) => [formatProbe(one.part.probe), one])).values()];
}

/** By the probe in its title, else by its pace, else because there is no other table and no other probe. */
function isAbout(
  { title }: FigureTable,
  { probe }: ProbeReport,
  { parts, tables }: { readonly parts: readonly ProbeReport[]; readonly tables: readonly FigureTable[] },
): boolean {
  if (title.includes(formatProbe(probe))) return true;
  if (/TCP_|UDP_/.test(title)) return false;
  const pace = paceOf(probe);
  const samePace = parts.filter((part) => paceOf(part.probe) === pace);
  if (/back to back|every \d/.test(title)) return title.includes(pace) && samePace.length === 1;
  return parts.length === 1 && tables.length === 1;
}

function refresh(table: FigureTable, { edits, named, run, part, width }: Context): void {
  const told = { place: named.id, why: `run ${run.id}` };
  const cells = inOrder(cellsOfProbe(part), named);
  const paths = new Set(cells.map(({ path }) => path));
  const rows = table.rows.map((row) => ({ row, path: pathOfName(row.name.text, named, paths) }));
  for (const { row, path } of rows) {
    const cell = cells.find((each) => each.path === path);
    if (cell === undefined) continue;
    edits.replace([row.line], [mergeRow(row, table, cell) + NEW], told);
  }
  const last = table.rows.at(-1);
  if (last === undefined) return;
  const isComplete = rows.every(({ path }) => path !== null);
  // A table of paths has them all; one with names of its writer's has those that he wants.
  const more = rows.every(({ row, path }) => row.name.text === path)
    ? cells.filter(({ path }) => !rows.some((row) => row.path === path))
    : [];
  const plain = { ...last, line: { ...last.line, text: last.line.text.replace(NEW, '') } };
  const added = more.map((cell) => {
    const text = mergeRow(plain, table, cell);
    return putCell(text, last.name, { value: cell.path, isRight: false }) + NEW;
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
