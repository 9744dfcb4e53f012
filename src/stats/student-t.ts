// SPDX-License-Identifier: GPL-2.0-only
/** Student's t distribution, and the interval of a mean that rests on it. */
import { memo } from './memo.ts';
import { moments } from './moments.ts';
import { solveFalling } from './solve.ts';

/**
 * P(T > t) for Student's t with `df` degrees of freedom (any number above 0), to about 13 digits in both tails, through
 * the regularized incomplete beta function: for t >= 0 it is I(df / (df + t^2); df/2, 1/2) / 2. Abramowitz and Stegun,
 * "Handbook of Mathematical Functions", 26.7.1 and 26.5.27. Throws RangeError on df <= 0 or NaN.
 */
export function studentUpperTail(t: number, df: number): number {
  if (!(df > 0 && df < Number.POSITIVE_INFINITY))
    throw new RangeError(`degrees of freedom must be positive, not ${df}`);
  if (Number.isNaN(t)) throw new RangeError('t is not a number');
  if (t < 0) return 1 - studentUpperTail(-t, df);
  if (t === Number.POSITIVE_INFINITY) return 0;
  const squared = t * t;
  if (squared === Number.POSITIVE_INFINITY) return incompleteBeta(df / t / t, 1, df / 2, 0.5) / 2;
  return incompleteBeta(df / (df + squared), squared / (df + squared), df / 2, 0.5) / 2;
}

/**
 * The t with P(T <= t) = p, by inverting the tail. Throws RangeError unless 0 < p < 1. A run asks for the same few quantiles
 * again and again, and each takes some 60 tails.
 */
export const studentQuantile = memo(invertTail, { keyOf: (p: number, df: number) => `${p} ${df}`, most: 10_000 });

function invertTail(p: number, df: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`a t quantile needs a probability between 0 and 1, not ${p}`);
  if (p === 0.5) return 0;
  const t = solveFalling((x) => studentUpperTail(x, df), Math.min(p, 1 - p));
  return p < 0.5 ? -t : t;
}

/** A mean with its interval; `standardError` and the bounds in the unit of the data. */
export interface MeanInterval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly standardError: number;
  readonly df: number;
  /** Two-sided, for a true mean of 0. */
  readonly pValue: number;
}

/**
 * Student's interval of the mean of independent values ("Student", Biometrika 6, 1908). Throws RangeError below two
 * values.
 */
export function meanInterval(values: ArrayLike<number>, level = 0.95): MeanInterval {
  const { n, mean, stddev } = moments(values);
  if (n < 2) throw new RangeError('the interval of a mean needs two values');
  return studentInterval({ mean, standardError: stddev / Math.sqrt(n), df: n - 1, level });
}

/** What `studentInterval` needs: an estimate, its standard error, and the degrees of freedom of that error. */
export interface Estimate {
  readonly mean: number;
  readonly standardError: number;
  readonly df: number;
  /** Coverage, between 0 and 1. */
  readonly level: number;
}

/**
 * The interval mean +- t * standard error, and the two-sided p value for 0. A standard error of 0 gives a p value of 0
 * or 1.
 */
export function studentInterval({ mean, standardError, df, level }: Estimate): MeanInterval {
  if (!(level > 0 && level < 1)) throw new RangeError(`an interval needs a level between 0 and 1, not ${level}`);
  const half = studentQuantile((1 + level) / 2, df) * standardError;
  const certain = mean === 0 ? 1 : 0;
  const pValue = standardError === 0 ? certain : 2 * studentUpperTail(Math.abs(mean) / standardError, df);
  return { mean, low: mean - half, high: mean + half, standardError, df, pValue };
}

/**
 * I(x; a, b) for b = 1/2 or a = 1/2; `y` is 1 - x, handed in because it may be known to more digits than a difference
 * gives.
 */
function incompleteBeta(x: number, y: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (y <= 0) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(y, x, b, a);
  // x^a y^b / (a B(a, b)), with 1 / B(c, 1/2) = G(c + 1/2) / (G(c) G(1/2)) for the one of the two that is not the half.
  const inverseBeta = gammaRatio(a + b - 0.5) / Math.sqrt(Math.PI);
  const front = Math.exp(a * logOf(x, y) + b * logOf(y, x)) * inverseBeta;
  return (front / a) * betaFraction(x, a, b);
}

/** ln x, through its complement y where x is near 1. */
function logOf(x: number, y: number): number {
  return y < 0.5 ? Math.log1p(-y) : Math.log(x);
}

/**
 * The continued fraction of the incomplete beta function, A&S 26.5.8, by the modified method of Lentz (Applied Optics
 * 15, 1976).
 */
function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  const guard = (value: number): number => (Math.abs(value) < tiny ? tiny : value);
  let d = 1 / guard(1 - ((a + b) * x) / (a + 1));
  let c = 1;
  let fraction = d;
  for (let m = 1; m < 100_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / guard(1 + even * d);
    c = guard(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / guard(1 + odd * d);
    c = guard(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) return fraction;
  }
  throw new Error(`the incomplete beta function did not converge for x = ${x}, a = ${a}, b = ${b}`);
}

/**
 * G(a + 1/2) / G(a): lifted to an argument of at least 20 by the recurrence, then the asymptotic series of A&S 6.1.47.
 * No logarithms of factorials are subtracted, so no digits are lost for many degrees of freedom.
 */
function gammaRatio(a: number): number {
  let lifted = a;
  let factor = 1;
  for (; lifted < 20; lifted++) factor *= lifted / (lifted + 0.5);
  const u = 1 / lifted;
  const exponent = -u / 8 + u ** 3 / 192 - u ** 5 / 640 + (17 * u ** 7) / 14336;
  return factor * Math.sqrt(lifted) * Math.exp(exponent);
}
