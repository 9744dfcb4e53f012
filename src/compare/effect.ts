// SPDX-License-Identifier: GPL-2.0-only
/** One effect: candidate against baseline for one statistic on one basis, with its interval, method and outcome. */

import type { StatisticName } from '../model/compare.ts';
import type { Measure } from '../model/measure.ts';
import type { Standing } from '../model/result.ts';
import { betterOf } from '../model/unit.ts';
import {
  differenceOfMeans,
  differenceOfPooled,
  meanOfMeans,
  meanOfUnits,
  type UncertainMean,
} from '../stats/between-runs.ts';
import { LEAST_DRAWS_FOR_CLAIM, outcomeOf, VERDICT_DRAWS, VERDICT_GUESTS } from '../stats/compare-draws.ts';
import { drawsToSettle } from '../stats/draws-to-settle.ts';
import { levelOf } from '../stats/levels.ts';
import { sequentialPValue } from '../stats/sequential-test.ts';
import { type MeanInterval, meanInterval, studentInterval } from '../stats/student-t.ts';
import { assumedOffset } from './assumed-offset.ts';
import type { Basis, Effect, EffectUnit } from './compare-schema.ts';
import { figureFields } from './effect-figures.ts';
import { type Estimated, methodOf } from './method.ts';
import type { Looks, RunValue } from './run-values.ts';

/** Runs a side from which a claim is a verdict rather than an indication. */
export const VERDICT_RUNS = 4;
/** Runs of both sides together from which they, and not what is inside them, are the unit. */
const LEAST_RUNS = 4;

/**
 * Runs on a side from which its own spread is used. With fewer, both sides borrow one spread (see `differenceOfPooled`): 12 runs
 * against 3 of the same kind "differed" in 7.4 % of 3,000 simulated trials by Welch's interval, in 5 % by the pooled one.
 */
const LEAST_RUNS_FOR_SPREAD = 4;

export interface EffectInput {
  readonly measure: Pick<Measure, 'unit'>;
  readonly statistic: StatisticName;
  readonly basis: Basis;
  readonly primary: boolean;
  /** One value a run; at least one on each side. For a direct basis both are the same: the second path over the first, a run each. */
  readonly baseline: readonly RunValue[];
  readonly candidate: readonly RunValue[];
  readonly marginRelative: number;
}

/**
 * The hierarchy is that of Kalibera and Jones, "Rigorous Benchmarking in Reasonable Time" (ISMM 2013): the interval is taken
 * over the highest level that was repeated. From four runs in all that is the run, whose value holds the errors of all levels
 * below; with fewer it is what each run repeats inside (draws, or blocks), and what runs add to it is assumed (see
 * `assumedOffset`). Logarithms throughout, so that an effect is a ratio.
 */
export function effectOf(input: EffectInput): Effect {
  const { statistic, basis, primary, measure, baseline, candidate, marginRelative } = input;
  const estimated = basis.kind === 'direct' ? withinRuns(input) : betweenRuns(input);
  const { logRatio, interval, unit, units, assumed } = estimated;
  const relative = Math.expm1(logRatio);
  const bounds = interval === null ? null : { low: Math.expm1(interval.low), high: Math.expm1(interval.high) };
  const inside = basis.kind === 'direct' ? candidate.map(({ otherLevel }) => otherLevel) : null;
  const level = levelOf(inside ?? baseline.map((value) => value.level));
  const ratios = basis.kind === 'relative';
  const judged = outcomeOf({
    enough: hasEnough(unit, units),
    better: betterOf(measure.unit),
    relative,
    interval: bounds,
    marginRelative,
  });
  return {
    statistic,
    basis,
    primary,
    ...figureFields(measure.unit, {
      baseline: level,
      candidate: levelOf(candidate.map((value) => value.level)),
      baselineRatio: ratios ? levelOf(baseline.map(inRun)) : null,
      candidateRatio: ratios ? levelOf(candidate.map(inRun)) : null,
      relative,
      relativeInterval: bounds,
    }),
    pValue: interval?.pValue ?? null,
    holmPValue: null,
    marginRelative,
    unit,
    units,
    n: { baseline: transactions(baseline), candidate: transactions(candidate) },
    k: { baseline: rotations(baseline), candidate: rotations(candidate) },
    degreesOfFreedom: interval?.df ?? null,
    assumedRunStddev: assumed,
    method: methodOf(estimated, basis, statistic),
    ...judged,
    validity: 'valid',
    holds: holds(estimated, marginRelative),
    moreRuns: judged.outcome === 'inconclusive' ? moreRuns(estimated, marginRelative) : null,
    standing: standingOf(input, unit, units),
    because: '',
  };
}

/** Two sets of runs. */
function betweenRuns({ baseline, candidate, basis, statistic }: EffectInput): Estimated {
  const [a, b] = [baseline.map(inRun), candidate.map(inRun)];
  const runs = { baseline: a.length, candidate: b.length };
  if (a.length + b.length >= LEAST_RUNS) {
    const pooled = Math.min(a.length, b.length) < LEAST_RUNS_FOR_SPREAD;
    const interval = pooled ? differenceOfPooled(a, b) : differenceOfMeans(meanOfUnits(a), meanOfUnits(b));
    return { logRatio: interval.mean, interval, unit: 'runs', units: runs, assumed: null, pooled, repeated: false };
  }
  const stddev = assumedOffset(basis, statistic);
  const all = [...baseline, ...candidate];
  const inside = {
    unit: lowest(all),
    units: { baseline: sum(baseline), candidate: sum(candidate) },
    pooled: false,
    repeated: all.some(({ looks }) => looks !== null),
  };
  const [from, to] = [meanOfMeans(baseline.map(meanIn)), meanOfMeans(candidate.map(meanIn))];
  if (all.some(({ known }) => !known)) {
    return { logRatio: to.mean - from.mean, interval: null, assumed: null, ...inside };
  }
  const assumedVariance = stddev ** 2 * (1 / a.length + 1 / b.length);
  const interval = differenceOfMeans(from, to, { assumedVariance });
  return { logRatio: interval.mean, interval, seen: differenceOfMeans(from, to), assumed: stddev, ...inside };
}

/** Two paths of the same runs: one effect a run, and nothing between the runs but the runs themselves. */
function withinRuns({ candidate, basis, statistic }: EffectInput): Estimated {
  const n = candidate.length;
  if (n >= LEAST_RUNS) {
    const interval = meanInterval(candidate.map(inRun));
    return {
      logRatio: interval.mean,
      interval,
      unit: 'runs',
      units: { baseline: n, candidate: n },
      assumed: null,
      pooled: false,
      repeated: false,
    };
  }
  const units = { baseline: sum(candidate), candidate: sum(candidate) };
  const repeated = candidate.some(({ looks }) => looks !== null);
  const inside = { unit: lowest(candidate), units, pooled: false, repeated };
  const mean = meanOfMeans(candidate.map(meanIn));
  if (candidate.some(({ known }) => !known)) return { logRatio: mean.mean, interval: null, assumed: null, ...inside };
  // Draws are fresh pluggings, and their interval is the one that `hoplab report` prints.
  const drawn = basis.kind === 'direct' && basis.within === 'draws';
  const stddev = drawn ? 0 : assumedOffset(basis, statistic);
  const nothing: UncertainMean = { mean: 0, variance: 0, df: Number.POSITIVE_INFINITY };
  const interval = differenceOfMeans(nothing, mean, { assumedVariance: stddev ** 2 / n });
  const looks = n === 1 ? (candidate[0]?.looks ?? null) : null;
  return {
    logRatio: interval.mean,
    interval: looks === null ? interval : { ...interval, pValue: pValueAt(interval, looks) },
    assumed: drawn ? null : stddev,
    ...inside,
  };
}

/** That of the run's own test: the p value of its last look alone says too much. */
function pValueAt({ mean, standardError, df }: MeanInterval, { schedule, widening }: Looks): number {
  const { pValue } = studentInterval({ mean, standardError: standardError / widening, df, level: 0.95 });
  return sequentialPValue(pValue, schedule);
}

/** As many units as a claim needs: of draws four, of anything else what its interval needs. */
export function hasEnough(unit: EffectUnit, units: Effect['units']): boolean {
  return unit !== 'draws' || Math.min(units.baseline, units.candidate) >= LEAST_DRAWS_FOR_CLAIM;
}

/** Whether what was seen lies within the margin, what is only assumed between runs left aside: it is no fault of a control. */
function holds({ interval, seen = interval }: Estimated, marginRelative: number): boolean | null {
  if (seen === null) return null;
  return Math.expm1(seen.low) >= -marginRelative && Math.expm1(seen.high) <= marginRelative;
}

/** Runs to add to each side; the spread of a run is that of the interval over the smaller side's. */
function moreRuns({ logRatio, interval, unit, units }: Estimated, marginRelative: number): number | null {
  if (unit !== 'runs' || interval === null) return null;
  const draws = Math.min(units.baseline, units.candidate);
  const drawStddev = interval.standardError * Math.sqrt(draws);
  return drawsToSettle({ draws, logRatio, drawStddev, margin: Math.log1p(marginRelative) });
}

function standingOf({ basis, candidate }: EffectInput, unit: EffectUnit, units: Effect['units']): Standing {
  if (unit === 'runs') return Math.min(units.baseline, units.candidate) >= VERDICT_RUNS ? 'verdict' : 'indication';
  if (basis.kind !== 'direct' || unit !== 'draws') return 'indication';
  const guests = candidate.reduce((total, run) => total + run.guests, 0);
  return units.candidate >= VERDICT_DRAWS && guests >= VERDICT_GUESTS ? 'verdict' : 'indication';
}

/** The unit that says least, where the runs differ in it. */
function lowest(values: readonly RunValue[]): Exclude<EffectUnit, 'runs'> {
  const order = ['groups', 'blocks', 'draws'] as const;
  return order.find((unit) => values.some((value) => value.unit === unit)) ?? 'groups';
}

function inRun({ mean }: RunValue): number {
  return mean.mean;
}

function meanIn({ mean }: RunValue): UncertainMean {
  return mean;
}

function sum(values: readonly RunValue[]): number {
  return values.reduce((total, { units }) => total + units, 0);
}

function transactions(values: readonly RunValue[]): number {
  return values.reduce((total, { n }) => total + n, 0);
}

function rotations(values: readonly RunValue[]): number[] {
  return [...new Set(values.flatMap(({ k }) => k))].sort((a, b) => a - b);
}
