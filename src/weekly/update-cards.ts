// SPDX-License-Identifier: GPL-2.0-only
/** Tables and checklists of cards follow the runs and diagnoses of the week; where there are none they stay. */
import type { LatencyCell, ProbeReport } from '../model/result.ts';
import { formatProbe } from '../words/format.ts';
import { padEnd, padStart, widthOf } from '../words/text-width.ts';
import type { DraftContext } from './draft-context.ts';
import type { Edits } from './edits.ts';
import type { RunFact } from './facts.ts';
import {
  cellsOfProbe,
  type FigureTable,
  figureTables,
  legendOf,
  mergeRow,
  OWN_COLUMNS,
  paceOf,
  putCell,
  tableTitle,
} from './figure-table.ts';
import { indentOf } from './mail-line.ts';
import { type Card, type Item, nodesOf } from './mail-tree.ts';
import { lastLineOf } from './new-lines.ts';
import { factsOfCards, type NamedCard, pathOfName } from './run-cards.ts';
import { type StateClass, stateWordOf } from './state.ts';
import { wrapMail } from './wrap-mail.ts';

const NEW = '  <= new';

export function updateTables(edits: Edits, { known: { facts }, settings, width }: DraftContext): void {
  for (const { card, named, runs } of factsOfCards(edits.mail, facts, settings)) {
    const tables = figureTables(card);
    const measured = newestOfProbes(runs);
    const parts = measured.map(({ part }) => part);
    for (const { run, part } of measured) {
      const table = tableOf(part, parts, tables);
      const cells = inOrder(cellsOfProbe(part), named);
      const legend = (first: string) => wrapMail(legendOf(run, part), { width, first, rest: `${first}  ` });
      const context = { edits, card, named, part, cells, legend, why: `run ${run.id}` };
      if (table === undefined) addTable(context);
      else refresh(table, context);
    }
  }
}

interface Context {
  readonly edits: Edits;
  readonly card: Card;
  readonly named: NamedCard;
  readonly part: ProbeReport;
  readonly cells: readonly LatencyCell[];
  /** The lines that say of which run the figures are, behind an indent. */
  legend(indent: string): string[];
  readonly why: string;
}

/** Of every probe the newest run. */
function newestOfProbes(runs: readonly RunFact[]): { readonly run: RunFact; readonly part: ProbeReport }[] {
  const all = runs.flatMap((run) => run.report.probes.map((part) => ({ run, part })));
  const told = all.filter(({ part }) => cellsOfProbe(part).length > 0);
  return [...new Map(told.map((one) => [formatProbe(one.part.probe), one])).values()];
}

/** By the probe in its title, else by its pace, else because there is no other table and no other probe. */
function tableOf({ probe }: ProbeReport, parts: readonly ProbeReport[], tables: readonly FigureTable[]) {
  const pace = paceOf(probe);
  const isOnePace = parts.filter((part) => paceOf(part.probe) === pace).length === 1;
  return tables.find(({ title }) => {
    if (title.includes(formatProbe(probe))) return true;
    if (/TCP_|UDP_/.test(title)) return false;
    if (/back to back|every \d/.test(title)) return title.includes(pace) && isOnePace;
    return parts.length === 1 && tables.length === 1;
  });
}

function refresh(table: FigureTable, { edits, named, cells, legend, why }: Context): void {
  const paths = new Set(cells.map(({ path }) => path));
  const rows = table.rows.map((row) => ({ row, path: pathOfName(row.name.text, named, paths) }));
  for (const { row, path } of rows) {
    const cell = cells.find((each) => each.path === path);
    if (cell !== undefined) edits.replace([row.line], [mergeRow(row, table, cell) + NEW], why);
  }
  const last = table.rows.at(-1);
  if (last === undefined) return;
  const isComplete = rows.every(({ path }) => path !== null);
  // A table of paths has them all; one with names of its writer's has those that he wants.
  const isOfPaths = rows.every(({ row, path }) => row.name.text === path);
  const more = isOfPaths ? cells.filter(({ path }) => !rows.some((row) => row.path === path)) : [];
  const plain = { ...last, line: { ...last.line, text: last.line.text.replace(NEW, '') } };
  const added = more.map(
    (cell) => putCell(mergeRow(plain, table, cell), last.name, { value: cell.path, isRight: false }) + NEW,
  );
  const indent = /^\s*/.exec(last.line.text)?.[0] ?? '';
  if (added.length > 0) edits.insert('after', last.line, added, why);
  if (table.legend.length > 0 && isComplete) edits.replace(table.legend, legend(indent), why);
  else edits.insert('after', table.legend.at(-1) ?? last.line, legend(indent), why);
  const week = /\s?\(\d{4}-W\d\d\)/;
  const title = table.titleLine;
  if (title === null || !isComplete || !week.test(title.text)) return;
  const text = title.text.replace(week, '');
  edits.replace([title], text.trim() === '' ? [] : [text], why);
}

/** As the checklist has them. */
function inOrder(all: readonly LatencyCell[], named: NamedCard): LatencyCell[] {
  const paths = new Set(all.map(({ path }) => path));
  const order = named.names.map((name) => pathOfName(name, named, paths));
  const rank = ({ path }: LatencyCell): number => (order.includes(path) ? order.indexOf(path) : order.length);
  return [...all].sort((a, b) => rank(a) - rank(b));
}

function addTable({ edits, card, part, cells, legend, why }: Context): void {
  const line = lastLineOf(card);
  if (line === undefined) return;
  const head = ['path', ...OWN_COLUMNS.map(({ name }) => name)];
  const rows = [head, ...cells.map((cell) => [cell.path, ...OWN_COLUMNS.map((column) => column.value(cell))])];
  const widths = head.map((_, at) => Math.max(...rows.map((row) => widthOf(row[at] ?? ''))));
  const shown = rows.map((row, index) => {
    const padded = row.map((cell, at) => (at === 0 ? padEnd : padStart)(cell, widths[at] ?? 0));
    return `    ${padded.join('  ').trimEnd()}${index === 0 ? '' : NEW}`;
  });
  const isFirst = card.children.every(({ kind }) => kind === 'quiet' || kind === 'blank');
  const texts = [...(isFirst ? [] : ['']), `  ${tableTitle(part.probe)}`, ...shown, ...legend('    ')];
  edits.insert('after', line, texts, why);
}

export function updateChecklists(edits: Edits, { known: { facts }, settings, width }: DraftContext): void {
  for (const { card, named, states } of factsOfCards(edits.mail, facts, settings)) {
    const newest = new Map(states.map((state) => [state.path, state]));
    const paths = new Set(newest.keys());
    const items = nodesOf([card], 'item');
    for (const item of items) {
      const last = newest.get(pathOfName(item.name, named, paths) ?? '');
      if (last === undefined || last.state === item.stateClass) continue;
      const word =
        wordFor(last.state, [...items, ...nodesOf(edits.mail.nodes, 'item')]) ??
        (last.state === 'ok' ? 'OK' : last.state);
      const said = `${word}${last.reason === '' ? '' : `: ${last.reason}`} (${last.source})`;
      edits.replace(item.lines, itemLines(item, said, width), `${last.source}, path ${last.path}`);
    }
  }
}

function itemLines({ lines, state, at }: Item, said: string, width: number): string[] {
  const first = lines[0]?.text ?? '';
  const [gap, closes] = state === '' ? [': ', ''] : ['', first.slice(at.end).trim()];
  const rest = ' '.repeat(indentOf(first) + 3);
  return wrapMail(said + closes, { width, first: first.slice(0, at.start) + gap, rest });
}

/** The writer's own word for a state. */
function wordFor(state: StateClass, items: readonly Item[]): string | undefined {
  const words = items.map((item) => (item.stateClass === state ? stateWordOf(item.state) : ''));
  return words.find((word) => word !== '');
}
