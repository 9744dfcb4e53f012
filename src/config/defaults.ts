// SPDX-License-Identifier: GPL-2.0-only
/** Every number that a run takes when the user gives none: one place to tune them to the time a run may take. */

/** Transactions per path of a back-to-back probe in the overview: from 10,000 on p99.9 is shown. */
const COUNT = 10_000;
/** And the most time that a block of the overview takes for them: seven paths of an emulated guest get half of them. */
const OVERVIEW_NS = 2e9;
/** Paced transactions cost their pace each: 160 x 10 ms x 7 paths are 11 s, and give p50 the 8 groups of an interval. */
const PACED_COUNT = 160;

export const DEFAULTS = {
  reference: 'tap',
  pace: '10ms',
  count: COUNT,
  pacedCount: PACED_COUNT,
  overviewNs: OVERVIEW_NS,
  draws: 4,
  guests: 1,
  /** Transactions per path and draw. Half of 2000, as what a plugging adds outweighs what more of them take away. */
  transactions: 1000,
  /** Less than 500 after a plug leaves the first group high. */
  warmup: 500,
  margin: '1%',
  /** Draws per comparison at which a run that adds draws gives up. */
  maxDraws: 40,
  fifoPriority: 10,
  memory: '512MiB',
  seed: 1,
} as const;

/** What --quick and --thorough put in the place of the defaults. */
export interface Effort {
  readonly count: number;
  readonly pacedCount: number;
  /** Of a block of the overview, back to back; infinite = no limit. */
  readonly overviewNs: number;
  readonly draws: number;
  readonly guests: number;
  readonly transactions: number;
}

export type EffortName = 'quick' | 'normal' | 'thorough';

export const EFFORTS: Readonly<Record<EffortName, Effort>> = {
  /** The overview alone: under 30 s. */
  quick: { count: 5000, pacedCount: 100, overviewNs: 1e9, draws: 0, guests: 1, transactions: 1000 },
  /** About a minute for seven backends. */
  normal: {
    count: COUNT,
    pacedCount: PACED_COUNT,
    overviewNs: OVERVIEW_NS,
    draws: DEFAULTS.draws,
    guests: DEFAULTS.guests,
    transactions: DEFAULTS.transactions,
  },
  /**
   * Verdicts rather than indications, in under 6 min. A plugging's own offset dominates the spread over draws, so time
   * buys more as draws than as transactions of a draw.
   */
  thorough: {
    count: 20_000,
    pacedCount: 600,
    overviewNs: Number.POSITIVE_INFINITY,
    draws: 24,
    guests: 3,
    transactions: 2000,
  },
};

/** A block that ends by time alone still needs room for its samples: 200,000 a path are 6.4 MB. */
const DURATION_COUNT_CAP = 200_000;

/** Room for the transactions per path of a block that ends by time: one takes 10 us at least. */
export function countWithin(durationNs: number): number {
  return Math.min(DURATION_COUNT_CAP, Math.ceil(durationNs / 10_000));
}
