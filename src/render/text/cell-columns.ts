/** The columns of a run's table: what each is called, shows, means and holds exactly. Every renderer takes them from here. */
import type { CellSummary } from '../../model/result.ts';
import { formatCount, formatRate, formatRatio, formatShare, formatSmallUs, formatUs } from '../../words/format.ts';
import type { Column } from './table.ts';

/** Head of the column of the p50's interval. */
export const HALF_WIDTH = '± 95%';

export interface CellColumn extends Column<CellSummary> {
  /** A sentence for people who do not know the field's words. */
  readonly means: string;
  /** Of `exact`. */
  readonly unit: 'ns' | 'share' | 'ratio' | 'per second' | 'count';
  /** Undisguised by rounding; null = nothing to say in this row. */
  readonly exact: (row: CellSummary) => number | null;
}

/** In the order of the table, behind the name of the path; `keep` in the order in which they matter. */
export const CELL_COLUMNS: readonly CellColumn[] = [
  column('n', 90, 'count', 'usable transactions: what every figure of the row is made of', ({ n }) => n),
  column('min', 5, 'ns', 'the fastest', ({ minNs }) => minNs),
  column('avg', 40, 'ns', 'the mean', ({ meanNs }) => meanNs),
  column('p50', 98, 'ns', 'the median', ({ p50Ns }) => p50Ns),
  {
    ...column(
      HALF_WIDTH,
      80,
      'ns',
      "of p50, for this plugging of the NICs alone: the interval's farther end",
      halfWidth,
    ),
    cell: (row) => {
      const ns = halfWidth(row);
      return ns === null ? null : formatSmallUs(ns);
    },
  },
  column('p90', 50, 'ns', '90 % took at most so long', ({ p90Ns }) => p90Ns),
  column('p99', 70, 'ns', '99 % took at most so long', ({ p99Ns }) => p99Ns),
  column('p99.9', 20, 'ns', 'from 10,000 transactions', ({ p999Ns }) => p999Ns),
  column('max', 6, 'ns', 'the slowest', ({ maxNs }) => maxNs),
  column('stddev', 4, 'ns', 'standard deviation', ({ stddevNs }) => stddevNs),
  column(
    'trans/s',
    30,
    'per second',
    'transactions per second: back to back 1 over the mean; paced, over the time of the path',
    ({ transactionsPerSecond }) => transactionsPerSecond,
  ),
  column('x host', 95, 'ratio', 'p50 over that of host, which has no guest', ({ ratioToHost }) => ratioToHost),
  column('resp p50', 3, 'ns', 'p50 from the intended start', ({ response }) => response?.p50Ns ?? null),
  column('resp p99', 10, 'ns', 'p99 from the intended start', ({ response }) => response?.p99Ns ?? null),
  column(
    'wakeup',
    2,
    'share',
    "share of the RTT from the kernel's receive stamp to the client's return",
    ({ wakeupShare }) => wakeupShare,
  ),
  {
    ...column('server', 1, 'ns', "p50 of the server's own part of the RTT", ({ serverP50Ns }) => serverP50Ns),
    cell: ({ serverP50Ns }) => (serverP50Ns === null ? null : formatSmallUs(serverP50Ns)),
  },
];

const FORMATS: Readonly<Record<CellColumn['unit'], (value: number) => string>> = {
  ns: formatUs,
  share: formatShare,
  ratio: formatRatio,
  'per second': formatRate,
  count: formatCount,
};

function column(
  head: string,
  keep: number,
  unit: CellColumn['unit'],
  means: string,
  exact: CellColumn['exact'],
): CellColumn {
  const cell = (row: CellSummary): string | null => {
    const value = exact(row);
    return value === null ? null : FORMATS[unit](value);
  };
  return { head, align: 'right', keep, unit, means, exact, cell };
}

/** The farther end of the interval: an interval that is not symmetric must not look narrower than it is. */
function halfWidth({ p50Ns, p50Interval }: CellSummary): number | null {
  return p50Interval === null ? null : Math.max(p50Interval.high - p50Ns, p50Ns - p50Interval.low);
}
