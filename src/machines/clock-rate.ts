// SPDX-License-Identifier: GPL-2.0-only
/** The rate of a machine's clock against ours, as an interval that surely holds it. Pure. */

/** The machine's clock was read at some moment between two readings of ours; both are CLOCK_MONOTONIC. */
export interface ClockReading {
  readonly beforeNs: bigint;
  readonly thereNs: bigint;
  readonly afterNs: bigint;
}

/** Seconds of that machine in a second of ours: between `low` and `high`, which may be Infinity. */
export interface ClockRate {
  readonly low: number;
  readonly high: number;
}

/**
 * Further from 1 than this no sound clock is: NTP corrects a host's by at most 500 ppm, an oscillator needs 100, and the
 * guest's kernel refines its rate to within 31 us in a second. A calibration that failed is off by whole per cents.
 */
export const MAX_RATE_ERROR = 1e-3;

/** The rate over the time between two readings, whatever it did in between. */
export function rateBetween(first: ClockReading, second: ClockReading): ClockRate {
  const thereNs = Number(second.thereNs - first.thereNs);
  const longestNs = Number(second.afterNs - first.beforeNs);
  const shortestNs = Number(second.beforeNs - first.afterNs);
  return {
    low: longestNs > 0 ? thereNs / longestNs : 0,
    high: shortestNs > 0 ? thereNs / shortestNs : Number.POSITIVE_INFINITY,
  };
}

/**
 * The one rate that all readings agree with. There may be none, since a kernel corrects its rate by some millionths as it
 * runs: then the rate between the first and the last. Null for fewer than two readings. They are in the order of time.
 */
export function rateOf(readings: readonly ClockReading[]): ClockRate | null {
  const [first] = readings;
  const last = readings.at(-1);
  if (first === undefined || last === undefined || readings.length < 2) return null;
  const rates = ratesOf(readings);
  const common = {
    low: Math.max(...rates.map(({ low }) => low)),
    high: Math.min(...rates.map(({ high }) => high)),
  };
  return common.low <= common.high ? common : rateBetween(first, last);
}

/**
 * The rate between the two readings that are surely furthest from 1, if it is further than `limit`; null where no two are.
 * Two readings that are far apart may hide a clock that ran wrongly for a while only: all pairs are looked at.
 */
export function rateSurelyOff(readings: readonly ClockReading[], limit: number = MAX_RATE_ERROR): ClockRate | null {
  const off = ratesOf(readings).filter((rate) => leastError(rate) > limit);
  return off.reduce<ClockRate | null>(
    (worst, rate) => (worst === null || leastError(rate) > leastError(worst) ? rate : worst),
    null,
  );
}

/** How far from 1 the rate is at least; 0 if it may be 1. */
function leastError({ low, high }: ClockRate): number {
  return Math.max(low - 1, 1 - high, 0);
}

function ratesOf(readings: readonly ClockReading[]): ClockRate[] {
  return readings.flatMap((second, index) => readings.slice(0, index).map((first) => rateBetween(first, second)));
}
