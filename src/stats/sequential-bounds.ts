// SPDX-License-Identifier: GPL-2.0-only
/** How wide an interval must be that is looked at again and again: the levels of a group-sequential design. */
import { at } from './at.ts';
import { normalQuantile, normalUpperTail } from './normal.ts';

/** When draws that are added until they suffice were looked at. */
export interface LookSchedule {
  /** The number of draws at each look, rising. */
  readonly looks: readonly number[];
  /** The most draws that there may be, fixed in advance. */
  readonly maxDraws: number;
}

/** Of one look. */
export interface LookLevel {
  /** Two-sided error of the single interval. */
  readonly nominal: number;
  /** Of the error rate, what is spent up to and including this look. */
  readonly spent: number;
}

/** See `sequentialBounds`: what makes up for levels of known variance being used with Student's t. */
const T_SHARE = 0.88;
/** See `spentShare`. */
const EARLINESS = 2;
/** Standard deviations of an increment beyond which it adds nothing that counts. */
const REACH = 9;
/** Nodes of the grid for each standard deviation of a draw. */
const NODES = 4;

/**
 * The level of the interval at each look, so that all of them together hold the truth with probability 1 - `alpha`, whichever
 * look is the last: the repeated confidence intervals of C. Jennison and B. W. Turnbull (J. R. Statist. Soc. B 51, 1989), over
 * the error-spending function of Lan and DeMets (Biometrika 70, 1983), so that looks need not be equally spaced. The
 * boundary is found for a known variance, by the recursive integration of Armitage, McPherson and Rowe (J. R. Statist. Soc. A
 * 132, 1969), and its level then used with Student's t: the significance-level approach (Jennison and Turnbull, "Group
 * Sequential Methods with Applications to Clinical Trials", 1999, section 4.4).
 *
 * That approach is not exact for a variance from 4 draws: an alpha of 5 % came out at up to 5.6 %. So 0.88 of alpha is spent.
 * 100,000 simulated normal sequences for each maximum, looks from 4 draws on at every second: 4.2 to 5.0 % for 4, 6, 8, 12,
 * 20, 40 and 100 draws.
 *
 * Other ways, 20,000 sequences of up to 40 draws, truth 0: share whose interval ever excluded 0 | mean number of draws until the
 * half-width is 1 % or the outcome is settled, sd of a draw 0.7 %, effects of 0 / 1.5 / 3 %; all of alpha spent:
 *
 * | way | ever excluded 0 | draws |
 * |---|---|---|
 * | 95 % at every look (no correction) | 23.8 % | 5.2 / 4.4 / 4.0 |
 * | Hwang, Shih and DeCani, gamma 2 | 5.6 % | 7.7 / 5.8 / 4.2 |
 * | the same, gamma 4 | 5.7 % | 7.0 / 5.3 / 4.1, but the interval at 40 draws is 15 % wider |
 * | spending like Pocock's | 5.7 % | 8.0 / 6.1 / 4.3 |
 * | spending like O'Brien and Fleming's | 5.0 % | 14.2 / 11.8 / 9.5 |
 * | confidence sequence: t with a normal mixture, precision 1 | 1.9 % | 9.1 / 7.1 / 6.0, and no claim at 4 draws |
 *
 * Throws RangeError where the looks do not rise, or go beyond the maximum.
 */
export function sequentialBounds(schedule: LookSchedule, alpha: number): readonly LookLevel[] {
  return spendingBounds(schedule, (share) => T_SHARE * alpha * spentShare(share)).map(({ nominal, spent }) => ({
    nominal,
    spent: spent / T_SHARE,
  }));
}

/** For a known variance, and any error-spending function: the error spent once a share of the draws is there. */
export function spendingBounds(
  { looks, maxDraws }: LookSchedule,
  spentAt: (share: number) => number,
): readonly LookLevel[] {
  const levels: LookLevel[] = [];
  let inside: Inside | null = null;
  looks.forEach((draws, k) => {
    const before = looks[k - 1] ?? 0;
    if (!(draws > before && draws <= maxDraws)) throw new RangeError(`looks at ${looks} draws of ${maxDraws}`);
    const spent = spentAt(draws / maxDraws);
    const tail = (spent - (levels[k - 1]?.spent ?? 0)) / 2;
    const step: Step = { draws, sd: Math.sqrt(draws - before) };
    const z: number = inside === null ? -normalQuantile(tail) : edge(inside, step, tail);
    levels.push({ nominal: 2 * normalUpperTail(z), spent });
    inside = goOn(inside, step, z);
  });
  return levels;
}

/**
 * The share of the error that may be spent once a share of the draws is there: Hwang, Shih and DeCani (Statistics in Medicine 9,
 * 1990) with gamma 2. Most comparisons end after a quarter of the draws at most, so more is spent early than late.
 */
function spentShare(share: number): number {
  return -Math.expm1(-EARLINESS * share) / -Math.expm1(-EARLINESS);
}

/** Where the sum of the draws may be while no interval has excluded 0 yet: the mass at each node of a grid. */
interface Inside {
  /** Its edge, in standard deviations of the sum. */
  readonly z: number;
  readonly nodes: Float64Array;
  readonly mass: Float64Array;
}

/** From one look to the next. */
interface Step {
  readonly draws: number;
  /** Of the sum of the draws that were added. */
  readonly sd: number;
}

function density(x: number, sd: number): number {
  return Math.exp((-x * x) / (2 * sd * sd)) / (sd * Math.sqrt(2 * Math.PI));
}

/** The density of the sum at `x`, of sequences that were inside at the look before. */
function arrivals({ nodes, mass }: Inside, x: number, sd: number): number {
  let sum = 0;
  for (let i = 0; i < nodes.length; i++) {
    const distance = x - at(nodes, i);
    if (Math.abs(distance) < REACH * sd) sum += at(mass, i) * density(distance, sd);
  }
  return sum;
}

/** The probability that the sum comes out above `x`. */
function exits({ nodes, mass }: Inside, x: number, sd: number): number {
  let sum = 0;
  for (let i = 0; i < nodes.length; i++) {
    const distance = x - at(nodes, i);
    if (distance < REACH * sd) sum += at(mass, i) * normalUpperTail(distance / sd);
  }
  return sum;
}

/** The z beyond which a sequence leaves with probability `tail`: Newton's method on the logarithm, which is nearly a parabola. */
function edge(inside: Inside, { draws, sd }: Step, tail: number): number {
  const root = Math.sqrt(draws);
  let { z } = inside;
  for (let i = 0; i < 50; i++) {
    const out = exits(inside, z * root, sd);
    const change = (Math.log(out / tail) * out) / (arrivals(inside, z * root, sd) * root);
    z += change;
    if (Math.abs(change) < 1e-8) return z;
  }
  throw new Error(`no boundary was found at ${draws} draws`);
}

/** Simpson's rule over what is left inside. */
function goOn(inside: Inside | null, { draws, sd }: Step, z: number): Inside {
  const end = z * Math.sqrt(draws);
  const half = Math.ceil(end * (NODES / 2)) * 2;
  const step = end / half;
  const nodes = Float64Array.from({ length: 2 * half + 1 }, (_, i) => (i - half) * step);
  const mass = nodes.map((x, i) => {
    const weight = i === 0 || i === 2 * half ? 1 : i % 2 === 1 ? 4 : 2;
    return ((weight * step) / 3) * (inside === null ? density(x, sd) : arrivals(inside, x, sd));
  });
  return { z, nodes, mass };
}
