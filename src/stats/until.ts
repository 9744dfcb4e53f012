// SPDX-License-Identifier: GPL-2.0-only
/** When draws are added no more: the stopping rule of one comparison, and the looks that it has had. */
import type { DrawnComparison, DrawRatio, Ending } from '../model/result.ts';
import { LEAST_DRAWS_FOR_CLAIM } from './compare-draws.ts';
import type { LookSchedule } from './sequential-bounds.ts';

/** Draws that are planned before the first look, and at most. */
export interface DrawBudget {
  readonly first: number;
  readonly maxDraws: number;
}

/**
 * The looks at a comparison: after the first draws, and after each crossover pair that was added. A draw that failed is missing
 * from its look, and what an interrupted pair left is a look of its own. Needs at least one draw.
 */
export function looksAt(draws: readonly Pick<DrawRatio, 'draw'>[], { first, maxDraws }: DrawBudget): LookSchedule {
  const last = Math.max(...draws.map(({ draw }) => draw));
  const looks: number[] = [];
  for (let end = first; ; end += 2) {
    const here = draws.filter(({ draw }) => draw < end).length;
    // A pair without a usable draw shows nothing new.
    if (here > (looks.at(-1) ?? 0)) looks.push(here);
    if (end > last) return { looks, maxDraws: Math.max(maxDraws, draws.length) };
  }
}

/** Why a comparison needs no more draws; null = it does. The half-width is a share of the reference's level. */
export function reached(comparison: DrawnComparison, halfWidth: number): Ending {
  const { validity, outcome, relativeInterval: bounds, draws } = comparison;
  if (validity === 'invalid') return 'control';
  if (outcome !== 'inconclusive') return 'settled';
  if (bounds === null || draws.length < LEAST_DRAWS_FOR_CLAIM) return null;
  return (bounds.high - bounds.low) / 2 <= halfWidth ? 'precise' : null;
}

/**
 * The comparisons that get another crossover pair: those that need more draws, and with them the controls of their probe, so
 * that a control has seen all that the comparisons have. A pair rotates alone (K = 2), whoever else is still drawn: one that
 * leaves changes nothing for the others.
 */
export function stillOpen<C extends DrawnComparison>(comparisons: readonly C[], halfWidth: number): readonly C[] {
  const open = comparisons.filter((comparison) => reached(comparison, halfWidth) === null);
  const probes = new Set(open.map(({ probe }) => probe));
  return comparisons.filter((one) => open.includes(one) || (one.isTwin && probes.has(one.probe)));
}
