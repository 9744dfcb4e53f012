// SPDX-License-Identifier: GPL-2.0-only
/** The difference of two independent sets of units: draws of two runs, or runs of two groups. */
import { moments } from './moments.ts';
import { type MeanInterval, studentInterval } from './student-t.ts';

/** A mean with what is known of its error; in ln units here. */
export interface UncertainMean {
  readonly mean: number;
  /** Variance of the mean. */
  readonly variance: number;
  /** Degrees of freedom of that variance; infinite for one that was not estimated here. */
  readonly df: number;
}

/** The mean of units that are replicates of each other. Throws RangeError below two. */
export function meanOfUnits(values: readonly number[]): UncertainMean {
  const { n, mean, stddev } = moments(values);
  if (n < 2) throw new RangeError('the error of a mean needs two units');
  return { mean, variance: stddev ** 2 / n, df: n - 1 };
}

/** More than this is as good as infinitely many, and what the t distribution takes. */
const MOST_DF = 1e6;

export interface DifferenceOptions {
  /** Variance, assumed rather than estimated, that the difference has beside those of its sides; 0 unless told. */
  readonly assumedVariance?: number;
  readonly level?: number;
}

/**
 * candidate - baseline with the interval of Welch ("The generalization of Student's problem when several different
 * population variances are involved", Biometrika 34, 1947), degrees of freedom by Satterthwaite (Biometrics Bulletin 2,
 * 1946): the sides share nothing, so they are not paired, and need not be equally noisy.
 *
 * `assumedVariance` is a component of uncertainty that the units do not show ("type B", JCGM 100:2008,
 * Guide to the expression of uncertainty in measurement, 4.3), with the degrees of freedom of its annex G.4, those of a
 * known value. Draws within one run cannot show what another run would add; leaving it out would make every pair of
 * runs "different".
 */
export function differenceOfMeans(
  baseline: UncertainMean,
  candidate: UncertainMean,
  { assumedVariance = 0, level = 0.95 }: DifferenceOptions = {},
): MeanInterval {
  const variance = baseline.variance + candidate.variance + assumedVariance;
  const mean = candidate.mean - baseline.mean;
  const df = effectiveDf(variance, [baseline, candidate]);
  return studentInterval({ mean, standardError: Math.sqrt(variance), df, level });
}

/** Satterthwaite's degrees of freedom of a variance that is the sum of these and of known ones. */
function effectiveDf(variance: number, parts: readonly UncertainMean[]): number {
  const share = ({ variance: own, df }: UncertainMean): number => (Number.isFinite(df) ? own ** 2 / df : 0);
  const spread = parts.reduce((sum, part) => sum + share(part), 0);
  return spread === 0 ? MOST_DF : Math.min(MOST_DF, variance ** 2 / spread);
}

/** The mean of the means of several runs, each with an error of its own. Throws RangeError on none. */
export function meanOfMeans(runs: readonly UncertainMean[]): UncertainMean {
  const { mean, n } = moments(runs.map((run) => run.mean));
  const parts = runs.map((run) => ({ ...run, variance: run.variance / n ** 2 }));
  const variance = parts.reduce((sum, part) => sum + part.variance, 0);
  return { mean, variance, df: effectiveDf(variance, parts) };
}

/**
 * candidate - baseline where one side has too few units to know its own spread, or one: Student's two-sample interval with
 * the pooled variance ("Student", Biometrika 6, 1908; Fisher, Metron 5, 1925), which for n against 1 is the interval for
 * one more unit of the same kind. Throws RangeError below three units in all.
 */
export function differenceOfPooled(
  baseline: readonly number[],
  candidate: readonly number[],
  level = 0.95,
): MeanInterval {
  const [a, b] = [moments(baseline), moments(candidate)];
  const df = a.n + b.n - 2;
  if (df < 1) throw new RangeError('a pooled variance needs three units');
  const pooled = ((a.n - 1) * a.stddev ** 2 + (b.n - 1) * b.stddev ** 2) / df;
  return studentInterval({
    mean: b.mean - a.mean,
    standardError: Math.sqrt(pooled * (1 / a.n + 1 / b.n)),
    df,
    level,
  });
}
