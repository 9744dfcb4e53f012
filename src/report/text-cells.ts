/** The table of all probes as text: one line of heads, then each probe's heading and rows. */
import type { CellSummary, ProbeReport } from '../model/result.ts';
import { plainText } from '../run-store/plain-text.ts';
import { formatCount, formatHeading, formatRate, formatRatio, formatShare, formatSmallUs, formatUs } from './format.ts';
import type { PathLabel } from './path-labels.ts';
import { paint, type TextOptions } from './style.ts';
import { type Column, layOut, type Table } from './text-table.ts';
import { indented, wrap } from './wrap.ts';

/** Behind the name of a path whose counters do not show the transactions. */
export const UNPROVEN = '*';
/** Head of the column of the p50's interval. */
export const HALF_WIDTH = '± 95%';
/** Whole round trips: other tools print half of them, and their users trip over it. */
const UNIT = 'RTT in us';

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

/** All cells are laid out together, so that the columns of all probes stand in line under one head. */
export function layOutCells(probes: readonly ProbeReport[], context: TextContext): Table {
  const cells = probes.flatMap((probe) => probe.cells);
  return layOut(columns(context), cells, context.options.width);
}

/** The lines of the table: the columns' heads once, then a heading, rows and counts for each probe. */
export function renderCells(probes: readonly ProbeReport[], table: Table, context: TextContext): string[] {
  const { options, named, emulated } = context;
  if (probes.length === 0) return [];
  let next = 0;
  const sections = probes.flatMap(({ probe, k, cells }, index) => {
    const rows = table.rows.slice(next, next + cells.length);
    next += rows.length;
    const rotation = k > 1 ? `K = ${k} paths in rotation` : 'K = 1, each path on its own';
    const name = named ? `${probe.name}: ` : '';
    const text = `${name}${formatHeading(probe, rotation, emulated)}`;
    const heading = wrap(plainText(text), { width: options.width, first: '', rest: '  ' });
    return [
      ...(index === 0 ? [] : ['']),
      ...heading.map((line) => paint(line, 'heading', options)),
      ...(rows.length === 0 ? ['  (no row: no overview block can be used)'] : rows),
      ...countLines(cells, context).map((line) => paint(line, 'faint', options)),
    ];
  });
  return table.rows.length === 0 ? sections : [paint(table.head, 'faint', options), ...sections];
}

/** In the order of the table; `keep` in the order in which they matter. */
function columns({ label }: TextContext): readonly Column<CellSummary>[] {
  const right = (head: string, keep: number, cell: Column<CellSummary>['cell']): Column<CellSummary> => {
    return { head, align: 'right', keep, cell };
  };
  return [
    { head: UNIT, align: 'left', keep: 99, cell: (row) => `${label(row.path)}${row.proven ? '' : UNPROVEN}` },
    right('n', 90, ({ n }) => formatCount(n)),
    right('min', 5, ({ minNs }) => formatUs(minNs)),
    right('avg', 40, ({ meanNs }) => formatUs(meanNs)),
    right('p50', 98, ({ p50Ns }) => formatUs(p50Ns)),
    right(HALF_WIDTH, 80, halfWidth),
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

/** What was lost, left out or disturbed; several paths with the same figure share it. */
function countLines(cells: readonly CellSummary[], { label, options }: TextContext): string[] {
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
  const all = [...counts, ...slots];
  return all.length === 0 ? [] : indented(plainText(all.join(' · ')), options.width);
}

function byFigure(
  cells: readonly CellSummary[],
  figure: (cell: CellSummary) => string,
): [string, readonly CellSummary[]][] {
  const figures = [...new Set(cells.map(figure))];
  return figures.map((text) => [text, cells.filter((cell) => figure(cell) === text)]);
}
