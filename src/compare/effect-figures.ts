// SPDX-License-Identifier: GPL-2.0-only
/** The levels and the difference of an effect, with their unit, whatever its probe measures: written and read. */
import type { Figure } from '../model/figure.ts';
import type { Interval } from '../model/result.ts';
import type { Unit } from '../model/unit.ts';
import { differenceAt } from '../stats/levels.ts';
import type { Effect, LatencyEffect, RateEffect } from './compare-schema.ts';

/** What an effect compares, before it is known how its fields are called. */
export interface Compared {
  readonly baseline: number;
  readonly candidate: number;
  readonly baselineRatio: number | null;
  readonly candidateRatio: number | null;
  readonly relative: number;
  readonly relativeInterval: Interval | null;
}

type Shared = 'baselineRatio' | 'candidateRatio' | 'relative' | 'relativeInterval';
type Fields =
  | Pick<LatencyEffect, Shared | 'baselineNs' | 'candidateNs' | 'differenceNs' | 'differenceIntervalNs'>
  | Pick<RateEffect, Shared | 'measuredIn' | 'baselineLevel' | 'candidateLevel' | 'difference' | 'differenceInterval'>;

/** As JSON has them. */
export function figureFields(unit: Unit, { baseline, candidate, ...ratios }: Compared): Fields {
  const { value: difference, interval } = differenceAt(baseline, ratios);
  if (unit === 'ns') {
    return {
      ...{ baselineNs: baseline, candidateNs: candidate, ...ratios },
      ...{ differenceNs: difference, differenceIntervalNs: interval },
    };
  }
  const levels = { baselineLevel: baseline, candidateLevel: candidate };
  return { measuredIn: unit, ...levels, ...ratios, difference, differenceInterval: interval };
}

export function unitOf({ measuredIn }: Effect): Unit {
  return measuredIn ?? 'ns';
}

/** Geometric means over each side's units. */
export function levelsOf(effect: Effect): { readonly baseline: number; readonly candidate: number } {
  if (effect.measuredIn === undefined) return { baseline: effect.baselineNs, candidate: effect.candidateNs };
  return { baseline: effect.baselineLevel, candidate: effect.candidateLevel };
}

/** Candidate minus baseline. */
export function differenceOf(effect: Effect): Figure {
  if (effect.measuredIn === undefined) {
    return { value: effect.differenceNs, unit: 'ns', interval: effect.differenceIntervalNs };
  }
  return { value: effect.difference, unit: effect.measuredIn, interval: effect.differenceInterval };
}
