// SPDX-License-Identifier: GPL-2.0-only
/** What two runs of the same set-up differ by beyond what one run can show: assumed where there is one run a side. */
import type { StatisticName } from '../model/compare.ts';
import type { Basis } from './compare-schema.ts';

/**
 * Standard deviation between runs, in ln units, of one run's value. A run has one boot, one set of processes and one
 * moment of the machine, so that nothing inside it can show them.
 *
 * - draws: every draw is a fresh plugging already; what is left is the boot, of which less than 1 us in 350 could not be
 *   excluded. 15 runs of one set-up, four draws each, had a standard deviation of 0.7 % in all, the draws' own included.
 * - rotation: all blocks of an overview share one plugging; each NIC has an offset of 0.8 % by it, two NICs 1.1 %.
 * - rounds, absolute: the median of one path had a standard deviation of 11 % between processes on the same machine, its
 *   ratio to another path in the same rotation 0.5 %. Dividing by `host`, measured seconds earlier in blocks of its own,
 *   takes nothing out: 12 runs of one set-up gave 3.7 % absolute and 6.6 % relative to host while the machine was
 *   quiet, 48 and 51 % over a quiet and a busy stretch, and 2 % relative to a path of the same rotation.
 *
 * Tails spread further; the factors are those of the same 12 runs, rounded up.
 */
const P50: Readonly<Record<'draws' | 'rotation' | 'rounds' | 'absolute', number>> = {
  draws: 0.005,
  rotation: 0.012,
  rounds: 0.11,
  absolute: 0.11,
};

const FACTOR: Readonly<Record<StatisticName, number>> = { p50: 1, p90: 2, p99: 4, 'p99.9': 6, mean: 2 };

export function assumedOffset(basis: Basis, statistic: StatisticName): number {
  return P50[basis.kind === 'absolute' ? 'absolute' : basis.within] * FACTOR[statistic];
}
