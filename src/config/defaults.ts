// SPDX-License-Identifier: GPL-2.0-only
/** Every number that a run takes when the user gives none: one place to tune them to the time a run may take. */

/** Transactions per path of a back-to-back probe in the overview: from 10,000 on p99.9 is shown. */
const COUNT = 10_000;
/** Paced transactions cost their pace each: 400 x 10 ms x 7 paths are 28 s. From 400 on p50 has an interval. */
const PACED_COUNT = 400;

export const DEFAULTS = {
  reference: 'tap',
  pace: '10ms',
  count: COUNT,
  pacedCount: PACED_COUNT,
  draws: 4,
  guests: 1,
  /** Transactions per path and draw. */
  transactions: 2000,
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
  readonly draws: number;
  readonly guests: number;
  readonly transactions: number;
}

export type EffortName = 'quick' | 'normal' | 'thorough';

export const EFFORTS: Readonly<Record<EffortName, Effort>> = {
  /** The overview alone: under 30 s. */
  quick: { count: 5000, pacedCount: 200, draws: 0, guests: 1, transactions: 2000 },
  /** About 100 s for seven backends. */
  normal: {
    count: COUNT,
    pacedCount: PACED_COUNT,
    draws: DEFAULTS.draws,
    guests: DEFAULTS.guests,
    transactions: DEFAULTS.transactions,
  },
  /**
   * Verdicts rather than indications, in under 6 min. A plugging's own offset dominates the spread over draws, so time
   * buys more as draws than as transactions of a draw.
   */
  thorough: { count: 20_000, pacedCount: 600, draws: 24, guests: 3, transactions: 2000 },
};

/** A block that ends by time alone still needs room for its samples: 200,000 a path are 6.4 MB. */
export const DURATION_COUNT_CAP = 200_000;
