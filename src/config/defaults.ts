/** Every number that a run takes when the user gives none: one place to tune them to the time a run may take. */

/** Transactions per path of a back-to-back probe in the overview. */
const COUNT = 2000;
/** Paced transactions cost their pace each: 300 x 10 ms x 6 paths are 18 s. */
const PACED_COUNT = 300;

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
  quick: { count: 1000, pacedCount: 100, draws: 0, guests: 1, transactions: 2000 },
  /** Under 100 s. */
  normal: {
    count: COUNT,
    pacedCount: PACED_COUNT,
    draws: DEFAULTS.draws,
    guests: DEFAULTS.guests,
    transactions: DEFAULTS.transactions,
  },
  /** Verdicts rather than indications, and enough samples for p99.9: under 6 min. */
  thorough: { count: 10_000, pacedCount: 600, draws: 8, guests: 2, transactions: 3000 },
};

/** A block that ends by time alone still needs room for its samples: 200,000 a path are 6.4 MB. */
export const DURATION_COUNT_CAP = 200_000;
