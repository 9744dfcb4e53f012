// SPDX-License-Identifier: GPL-2.0-only
/** The standard normal distribution: cumulative probability and quantile. */
import { solveFalling } from './solve.ts';

/**
 * P(Z > z) of a standard normal Z, to about 14 digits in both tails. Below 2 standard deviations by the series of
 * Abramowitz and Stegun, "Handbook of Mathematical Functions", 26.2.11 (all terms positive), beyond by the continued
 * fraction 26.2.14.
 */
export function normalUpperTail(z: number): number {
  if (z < 0) return 1 - normalUpperTail(-z);
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  if (z < 2) {
    let term = z;
    let sum = z;
    for (let k = 3; Math.abs(term) > sum * 1e-17; k += 2) {
      term *= (z * z) / k;
      sum += term;
    }
    return 0.5 - density * sum;
  }
  // From the inside out; 200 levels are enough from z = 2 on.
  let fraction = z;
  for (let k = 200; k > 0; k--) fraction = z + k / fraction;
  return density / fraction;
}

/** P(Z <= z) of a standard normal Z. */
export function normalCdf(z: number): number {
  return normalUpperTail(-z);
}

/** The z with P(Z <= z) = p. Throws RangeError unless 0 < p < 1. */
export function normalQuantile(p: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`a normal quantile needs a probability between 0 and 1, not ${p}`);
  if (p === 0.5) return 0;
  const z = solveFalling(normalUpperTail, Math.min(p, 1 - p));
  return p < 0.5 ? -z : z;
}
