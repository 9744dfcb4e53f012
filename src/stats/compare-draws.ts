// SPDX-License-Identifier: GPL-2.0-only
/** Turns the draws of a pair into a comparison with one of three outcomes. */

import type { Measure } from '../model/measure.ts';
import type { DrawnComparison, DrawRatio, Interval, Outcome, Standing, Tendency } from '../model/result.ts';
import { type Better, betterOf } from '../model/unit.ts';
import { drawsToSettle } from './draws-to-settle.ts';
import { differenceAt, levelOf } from './levels.ts';
import { effectOverDraws } from './over-draws.ts';
import type { LookSchedule } from './sequential-bounds.ts';
import { lastLook, sequentialPValue } from './sequential-test.ts';

/** Draws below which nothing is claimed at all, whatever the interval. */
export const LEAST_DRAWS_FOR_CLAIM = 4;
/** Draws and guests from which a claim is a verdict rather than an indication. */
export const VERDICT_DRAWS = 8;
export const VERDICT_GUESTS = 2;
/** Differences up to this size are never claimed unless a calibration gave another margin: 1 % of the RTT. */
export const DEFAULT_MARGIN = 0.01;

/** The draws of one pair under one probe. */
export interface DrawsOfPair<L, D> {
  readonly measure: Measure<L, D>;
  readonly candidate: string;
  readonly reference: string;
  readonly probe: string;
  /** How many paths rotated together. */
  readonly k: number;
  /** At least one; a pair without a measured draw is a failed cell, not a comparison. */
  readonly draws: readonly (DrawRatio & L)[];
  /** Transactions of each path in complete groups, over all draws. */
  readonly n: number;
  readonly isTwin: boolean;
  readonly lost: number;
  readonly discarded: number;
  /** As a share of the reference's figure: 0.01 = 1 %. */
  readonly marginRelative?: number;
  /** Where draws are added until they suffice; absent = their number was fixed in advance. */
  readonly schedule?: LookSchedule;
}

/**
 * Candidate against reference, over draws: the mean log ratio with its 95 % t interval (see `effectOverDraws`), as a
 * relative difference exp(mean) - 1 and in the measure's unit, of the reference's level (see `levelOf`). "different" needs at
 * least 4 draws, an interval that excludes 0, and an estimate beyond the margin. "equivalent" needs as many, and the whole
 * interval within the margin: the two one-sided tests of Schuirmann (J. Pharmacokinetics and Biopharmaceutics 15, 1987), at
 * 2.5 % each. All else is "inconclusive", and `moreDraws` says what would probably settle it. Whatever comes out has the
 * standing of an indication until there are 8 draws in 2 guests. The twin and Holm's correction are applied by
 * `judgeComparisons`, to all pairs of a probe. With a schedule, interval and p value are those of its last look, see
 * `sequentialBounds`. Throws RangeError on no draws or a negative margin.
 */
export function compareDraws<L, D>(pair: DrawsOfPair<L, D>): DrawnComparison<DrawRatio & L> & D {
  const { measure, draws, marginRelative = DEFAULT_MARGIN, schedule } = pair;
  if (!(marginRelative >= 0)) throw new RangeError(`a margin cannot be ${marginRelative}`);
  const look = schedule === undefined ? null : lastLook(schedule);
  const over = look === null ? effectOverDraws(draws) : effectOverDraws(draws, 1 - look.nominal);
  const nominal = over.interval?.pValue ?? null;
  const relative = Math.expm1(over.logRatio);
  const relativeInterval =
    over.interval === null ? null : { low: Math.expm1(over.interval.low), high: Math.expm1(over.interval.high) };
  const level = levelOf(draws.map((draw) => Math.log(measure.referenceOf(draw))));
  const { value, interval } = differenceAt(level, { relative, relativeInterval });
  const guests = new Set(draws.map((draw) => draw.guest)).size;
  const sequential: Pick<DrawnComparison, 'sequential'> =
    look === null || schedule === undefined
      ? {}
      : { sequential: { ...schedule, nominalLevel: look.nominal, spent: look.spent, ended: null } };
  return {
    candidate: pair.candidate,
    reference: pair.reference,
    probe: pair.probe,
    k: pair.k,
    draws,
    guests,
    n: pair.n,
    relative,
    relativeInterval,
    ...measure.difference(value, interval),
    pValue: nominal === null || schedule === undefined ? nominal : sequentialPValue(nominal, schedule),
    holmPValue: null,
    marginRelative,
    isTwin: pair.isTwin,
    ...judgeDraws({ draws, relative, relativeInterval, marginRelative, ...sequential }, betterOf(measure.unit)),
    standing: standingOf(draws.length, guests),
    because: '',
    lost: pair.lost,
    discarded: pair.discarded,
    slots: over.balanced ? 'reversed in pairs' : 'fixed',
    ...sequential,
  };
}

/** The outcome of one pair by its own draws, before the control and the other pairs are asked. */
export function judgeDraws(
  pair: Pick<DrawnComparison, 'draws' | 'relative' | 'relativeInterval' | 'marginRelative' | 'sequential'>,
  better: Better = 'lower',
): Judged & Pick<DrawnComparison, 'validity' | 'moreDraws'> {
  const { draws, relative, relativeInterval: interval, marginRelative } = pair;
  const judged = outcomeOf({
    enough: draws.length >= LEAST_DRAWS_FOR_CLAIM,
    better,
    relative,
    interval,
    marginRelative,
  });
  const more = judged.outcome === 'inconclusive' ? moreDraws(pair) : null;
  return { ...judged, validity: 'valid', moreDraws: more };
}

/** What an outcome rests on. */
interface Evidence {
  /** Whether there are as many units as a claim needs. */
  readonly enough: boolean;
  readonly better: Better;
  readonly relative: number;
  readonly interval: Interval | null;
  readonly marginRelative: number;
}

interface Judged {
  readonly outcome: Outcome;
  readonly direction: Tendency;
}

/** One of three: a claim of a difference, a claim of equivalence, or neither. */
export function outcomeOf({ enough, better, relative, interval, marginRelative }: Evidence): Judged {
  if (interval === null || !enough) return INCONCLUSIVE;
  const { low, high } = interval;
  if (low >= -marginRelative && high <= marginRelative) return { outcome: 'equivalent', direction: null };
  if (Math.abs(relative) <= marginRelative || (low <= 0 && high >= 0)) return INCONCLUSIVE;
  return { outcome: 'different', direction: relative > 0 === (better === 'lower') ? 'slower' : 'faster' };
}

const INCONCLUSIVE = { outcome: 'inconclusive', direction: null } as const satisfies Judged;

/** Draws that would probably settle it; `claims` share an error rate. */
export function moreDraws(
  { draws, marginRelative, sequential }: Pick<DrawnComparison, 'draws' | 'marginRelative' | 'sequential'>,
  claims = 1,
): number | null {
  const { logRatio, drawStddev } = effectOverDraws(draws);
  if (drawStddev === null) return null;
  const margin = Math.log1p(marginRelative);
  return drawsToSettle({ draws: draws.length, logRatio, drawStddev, margin, claims, schedule: sequential });
}

function standingOf(draws: number, guests: number): Standing {
  return draws >= VERDICT_DRAWS && guests >= VERDICT_GUESTS ? 'verdict' : 'indication';
}

/** One guest's draws of a comparison, averaged: what the report shows as the spread between guests. */
export interface GuestMean {
  readonly guest: number;
  readonly draws: number;
  /** exp(mean log ratio of the guest's draws) - 1. */
  readonly relative: number;
}

/**
 * The mean effect in each guest, by guest number: a guest that disagrees with the others is a boot effect the interval
 * does not know.
 */
export function guestMeans(draws: readonly DrawRatio[]): readonly GuestMean[] {
  const guests = [...new Set(draws.map((draw) => draw.guest))].sort((a, b) => a - b);
  return guests.map((guest) => {
    const own = draws.filter((draw) => draw.guest === guest);
    return { guest, draws: own.length, relative: Math.expm1(effectOverDraws(own).logRatio) };
  });
}
