// SPDX-License-Identifier: GPL-2.0-only
/** The columns of round trips. */
import type { LatencyCell } from '../../model/result.ts';
import { fartherEnd, HALF_WIDTH, ofLatency, type ProbeColumn } from '../column.ts';

/** In the order of the table, behind the name of the path; `keep` in the order in which they matter. */
export const ROUND_TRIP_COLUMNS: readonly ProbeColumn[] = [
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
      ({ p50Ns, p50Interval }) => fartherEnd(p50Ns, p50Interval),
    ),
    fine: true,
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
  { ...column('server', 1, 'ns', "p50 of the server's own part of the RTT", (row) => row.serverP50Ns), fine: true },
];

function column(
  head: string,
  keep: number,
  unit: ProbeColumn['unit'],
  means: string,
  exact: (row: LatencyCell) => number | null,
): ProbeColumn {
  return { head, keep, unit, means, exact: ofLatency(exact) };
}
