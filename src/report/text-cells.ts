/** The table of one probe as text, with its heading and what its marks mean. */
import type { CellSummary, ProbeReport } from '../model/result.ts';
import { plainText } from '../run-store/plain-text.ts';
import { formatCount, formatProbe, formatRate, formatRatio, formatShare, formatSmallUs, formatUs } from './format.ts';
import type { PathLabel } from './path-labels.ts';
import { paint, type TextOptions } from './style.ts';
import { type Column, layOut, type Table } from './text-table.ts';
import { indented, wrap } from './wrap.ts';

const UNPROVEN = '*';
/** Whole round trips: other tools print half of them, and their users trip over it. */
const UNIT = 'RTT in us';

/** What the tables of all probes share. */
export interface CellContext {
  readonly label: PathLabel;
  /** Twin -> the path it doubles. */
  readonly twins: ReadonlyMap<string, string>;
  readonly options: TextOptions;
}

/** Heading, table and notes of one probe. */
export function renderCells({ probe, k, cells }: ProbeReport, context: CellContext): string[] {
  const { options } = context;
  const rotation = k > 1 ? `K = ${k} paths in rotation` : 'K = 1, each path on its own';
  const heading = plainText(`${formatProbe(probe)} · ${rotation}`);
  const lines = wrap(heading, { width: options.width, first: '', rest: '  ' }).map((l) => paint(l, 'heading', options));
  if (cells.length === 0) return [...lines, '  (no row: no overview block can be used)'];
  const table = layOut(columns(context), cells, options.width);
  const notes = [...columnNotes(table, cells), ...cellNotes({ k, cells }, context), ...countNotes(cells, context)];
  return [
    ...lines,
    paint(table.head, 'faint', options),
    ...table.rows,
    ...notes.flatMap((note) => indented(note, options.width)).map((line) => paint(line, 'faint', options)),
  ];
}

/** In the order of the table; `keep` in the order in which they matter. */
function columns({ label }: CellContext): readonly Column<CellSummary>[] {
  const right = (head: string, keep: number, cell: Column<CellSummary>['cell']): Column<CellSummary> => {
    return { head, align: 'right', keep, cell };
  };
  return [
    { head: UNIT, align: 'left', keep: 99, cell: (row) => `${label(row.path)}${row.proven ? '' : UNPROVEN}` },
    right('n', 90, ({ n }) => formatCount(n)),
    right('min', 5, ({ minNs }) => formatUs(minNs)),
    right('avg', 40, ({ meanNs }) => formatUs(meanNs)),
    right('p50', 98, ({ p50Ns }) => formatUs(p50Ns)),
    right('± 95%', 80, halfWidth),
    right('p90', 50, ({ p90Ns }) => formatUs(p90Ns)),
    right('p99', 70, ({ p99Ns }) => formatUs(p99Ns)),
    right('p99.9', 20, ({ p999Ns }) => (p999Ns === null ? null : formatUs(p999Ns))),
    right('max', 6, ({ maxNs }) => formatUs(maxNs)),
    right('stddev', 4, ({ stddevNs }) => formatUs(stddevNs)),
    right('trans/s', 30, (row) => formatRate(row.transactionsPerSecond)),
    right('x host', 95, ({ ratioToHost }) => (ratioToHost === null ? null : formatRatio(ratioToHost))),
    right('resp p50', 3, ({ response }) => (response === null ? null : formatUs(response.p50Ns))),
    right('resp p99', 10, ({ response }) => (response === null ? null : formatUs(response.p99Ns))),
    right('wakeup', 2, ({ wakeupShare }) => (wakeupShare === null ? null : formatShare(wakeupShare))),
    right('server', 1, ({ serverP50Ns }) => (serverP50Ns === null ? null : formatSmallUs(serverP50Ns))),
  ];
}

/** The farther end of the interval: an interval that is not symmetric must not look narrower than it is. */
function halfWidth({ p50Ns, p50Interval }: CellSummary): string | null {
  return p50Interval === null ? null : formatSmallUs(Math.max(p50Interval.high - p50Ns, p50Ns - p50Interval.low));
}

function cellNotes({ k, cells }: Pick<ProbeReport, 'k' | 'cells'>, { label, twins }: CellContext): string[] {
  const notes: string[] = [];
  const apart = cells.filter((cell) => cell.k !== k);
  if (apart.length > 0) {
    notes.push(`in blocks of their own: ${apart.map((cell) => `${label(cell.path)} (K = ${cell.k})`).join(', ')}`);
  }
  for (const { path } of cells.filter((cell) => twins.has(cell.path))) {
    notes.push(
      `${label(path)}: the A/A control, the same backend as ${label(twins.get(path) ?? '')} with its own NIC and wire`,
    );
  }
  if (cells.some((cell) => !cell.proven)) {
    notes.push(`${UNPROVEN} path not proven: the counters along it do not show the transactions`);
  }
  return notes;
}

/** What the columns mean where their heads do not say it. */
function columnNotes({ shown, left }: Table, cells: readonly CellSummary[]): string[] {
  const notes: string[] = [];
  if (shown.includes('± 95%'))
    notes.push('± 95%: of p50, for this plugging of the NICs alone; the comparisons say what differs');
  if (cells.every(({ p50Interval }) => p50Interval === null))
    notes.push('no interval of p50: fewer than 8 groups of transactions');
  if (cells.every(({ p999Ns }) => p999Ns === null)) notes.push('p99.9: from 10,000 transactions a path');
  if (shown.some((head) => head.startsWith('resp'))) notes.push('resp: from the intended start, late starts included');
  if (shown.includes('wakeup'))
    notes.push("wakeup: share of the RTT from the kernel's receive stamp to the client's return");
  if (shown.includes('server')) notes.push("server: p50 of the server's own part of the RTT");
  if (left.length > 0) notes.push(`not shown at this width: ${left.join(', ')}`);
  return notes;
}

/** What was lost, left out or disturbed, by path. */
function countNotes(cells: readonly CellSummary[], { label }: CellContext): string[] {
  const kinds = [
    ['lost', ({ lost }) => lost],
    ['discarded', (cell) => cell.discarded],
    ['preempted', ({ preempted }) => preempted],
    ['retransmitted', ({ retransmitted }) => retransmitted],
    ['slots skipped', ({ skippedSlots }) => skippedSlots],
  ] satisfies [string, (cell: CellSummary) => number][];
  const counts = kinds.flatMap(([what, count]) => {
    const some = cells.filter((cell) => count(cell) > 0).map((cell) => `${label(cell.path)} ${count(cell)}`);
    return some.length === 0 ? [] : [`${what}: ${some.join(', ')}`];
  });
  return counts.length === 0 ? [] : [counts.join(' · ')];
}
