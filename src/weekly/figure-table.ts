// SPDX-License-Identifier: GPL-2.0-only
/** The tables of a card whose columns hoplab knows, with the place of every figure in them. */
import type { ProbeSpec } from '../model/probe-spec.ts';
import type { LatencyCell, ProbeReport } from '../model/result.ts';
import { formatProbe, formatRate, formatUs } from '../words/format.ts';
import { plainText } from '../words/plain-text.ts';
import type { RunFact } from './facts.ts';
import type { Card } from './mail-tree.ts';
import { type Cell, cellsOf, rowsOf, type TableInMail, tablesIn } from './table.ts';

const LEAST_KNOWN = 2;

export function figureTables(card: Card): FigureTable[] {
  return tablesIn([card]).flatMap((table) => readTable(table) ?? []);
}

/** null for one whose columns hoplab does not know, or whose figures are in another unit. */
function readTable({ node, titled, next }: TableInMail) {
  const [head, ...lines] = rowsOf(node.lines);
  if (head === undefined) return null;
  const rows = lines.flatMap((line) => {
    const [name, ...cells] = cellsOf(line.text);
    return name === undefined ? [] : [{ line, name, cells }];
  });
  const names = cellsOf(head.text);
  // A head without a word for the names has a cell less.
  const hasName = rows.every(({ cells }) => cells.length < names.length);
  const columns = names.slice(hasName ? 1 : 0).map(({ text }, at) => {
    const cells = rows.flatMap((row) => row.cells[at] ?? []);
    const [starts, ends] = [new Set(cells.map(({ start }) => start)), new Set(cells.map(({ end }) => end))];
    const known = COLUMNS.find(({ pattern }) => pattern.test(text)) ?? null;
    // Figures end below one another.
    return { known, isRight: ends.size === 1 || starts.size > 1 };
  });
  if (columns.filter(({ known }) => known !== null).length < LEAST_KNOWN || rows.length === 0) return null;
  const title = titled?.lines.map(({ text }) => text.trim()).join(' ') ?? '';
  // Figures are in us: a table in another unit is its writer's.
  if (/(?:\bin |[[(])(?:ms|ns|msec|nsec|s|seconds)\b/.test(`${title} ${head.text}`)) return null;
  /** The line of runs below it. */
  const legend = next?.kind === 'text' && /\brun \d{8}-\d{6}-/.test(next.lines[0]?.text ?? '') ? next.lines : [];
  return { title, titleLine: titled?.lines.at(-1) ?? null, columns, rows, legend };
}

export type FigureTable = NonNullable<ReturnType<typeof readTable>>;

/** A row with the figures of a path in the same columns; what hoplab has no figure for stays. */
export function mergeRow(
  { line, cells }: FigureTable['rows'][number],
  { columns }: FigureTable,
  cell: LatencyCell,
): string {
  // From the right, so that the places on the left stay what they are.
  return cells.reduceRight((text, old, at) => {
    const { known = null, isRight = true } = columns[at] ?? {};
    return known === null ? text : putCell(text, old, { value: known.value(cell), isRight });
  }, line.text.trimEnd());
}

/** Begins or ends where the old one did; blanks beside it make room, but for one. */
export function putCell(
  text: string,
  { start, end }: Pick<Cell, 'start' | 'end'>,
  { value, isRight }: { readonly value: string; readonly isRight: boolean },
): string {
  const [before, behind] = [text.slice(0, start), text.slice(end)];
  const blanks = isRight ? before.length - before.trimEnd().length : behind.length - behind.trimStart().length;
  const more = Math.max(0, Math.min(value.length - (end - start), blanks - 1));
  return isRight
    ? before.slice(0, before.length - more) + value.padStart(end - start) + behind
    : before + value.padEnd(end - start) + behind.slice(more);
}

interface Column {
  /** What hoplab calls it. */
  readonly name: string;
  /** What it is called in mails. */
  readonly pattern: RegExp;
  value(cell: LatencyCell): string;
}

/** Columns of figures; RTTs in us. */
const COLUMNS: readonly Column[] = [
  { name: 'n', pattern: /^(?:n|samples|count)$/i, value: ({ n }) => String(n) },
  { name: 'lost', pattern: /^(?:lost|losses)$/i, value: ({ lost }) => String(lost) },
  { name: 'min', pattern: /^min(?:imum)?\b/i, value: ({ minNs }) => formatUs(minNs) },
  { name: 'avg', pattern: /^(?:avg|average|mean)\b/i, value: ({ meanNs }) => formatUs(meanNs) },
  { name: 'max', pattern: /^max(?:imum)?\b/i, value: ({ maxNs }) => formatUs(maxNs) },
  { name: 'stddev', pattern: /^(?:stddev|std\.?|sd|stdev|mdev)\b/i, value: ({ stddevNs }) => formatUs(stddevNs) },
  { name: 'p50', pattern: /^(?:p50|median|50 ?%)/i, value: ({ p50Ns }) => formatUs(p50Ns) },
  { name: 'p90', pattern: /^(?:p90|90 ?%)/i, value: ({ p90Ns }) => formatUs(p90Ns) },
  {
    name: 'p99.9',
    pattern: /^(?:p99\.9|p999|99\.9 ?%)/i,
    value: ({ p999Ns: ns }) => (ns === null ? '-' : formatUs(ns)),
  },
  { name: 'p99', pattern: /^(?:p99|99 ?%)/i, value: ({ p99Ns }) => formatUs(p99Ns) },
  { name: 'rate', pattern: /^(?:rate|trans|tps|t\/s)/i, value: (cell) => formatRate(cell.transactionsPerSecond) },
];

/** What a table of hoplab's own has. */
const OWN = ['n', 'min', 'avg', 'max', 'stddev', 'p50', 'p99'];
export const OWN_COLUMNS = COLUMNS.filter(({ name }) => OWN.includes(name));

export function tableTitle(probe: ProbeSpec): string {
  return plainText(`RTT in us, ${formatProbe(probe)}`);
}

/** "back to back", "every 10 ms". */
export function paceOf(probe: ProbeSpec): string {
  return probe.paceNs === 0 ? 'back to back' : (/every [^,]+/.exec(formatProbe(probe))?.[0] ?? '');
}

/** The round trips of a probe that are no twins; rates have no columns in these tables. */
export function cellsOfProbe({ cells }: ProbeReport): LatencyCell[] {
  return cells.flatMap((cell) => (cell.unit === undefined && cell.twinOf === null ? [cell] : []));
}

/** "run 20261125-211243-6f89-str-68 of 2026-11-25; back to back; n = 5000; overview, one plugging; emulated guest (tcg)". */
export function legendOf({ id, day, report }: RunFact, part: ProbeReport): string {
  const cells = cellsOfProbe(part);
  const ns = cells.map(({ n }) => n);
  const [least, most] = [Math.min(...ns), Math.max(...ns)];
  const unproven = cells.filter(({ proven }) => !proven).map(({ path }) => path);
  const lost = cells.filter((cell) => cell.lost > 0).map((cell) => `${cell.path} ${cell.lost}`);
  const { accel } = report.machine;
  const words = [
    `run ${id} of ${day}`,
    paceOf(part.probe),
    `n = ${least === most ? least : `${least} to ${most}`}`,
    // The draws of a pair are its comparison's, and no figure of the table is of them.
    'overview, one plugging',
    ...(accel === null ? [] : [accel === 'tcg' ? 'emulated guest (tcg)' : `guest under ${accel}`]),
    ...(report.run.state === 'finished' ? [] : [report.run.state]),
    ...(unproven.length === 0 ? [] : [`NOT PROVEN: ${unproven.join(', ')}`]),
    ...(lost.length === 0 ? [] : [`lost: ${lost.join(', ')}`]),
  ];
  return plainText(words.filter((word) => word !== '').join('; '), 1000);
}
