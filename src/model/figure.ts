// SPDX-License-Identifier: GPL-2.0-only
/** The figure that a row, a draw or a comparison is about, with its unit, whatever its probe measures. */
import type { CellSummary, Comparison, Interval, Levels } from './result.ts';
import { betterOf, type Unit } from './unit.ts';

export interface Figure {
  readonly value: number;
  readonly unit: Unit;
  /** 95 %; null = none. */
  readonly interval: Interval | null;
}

/** The p50 of a row. */
export function middleOf(cell: CellSummary): Figure {
  const { p50Interval: interval } = cell;
  if (cell.unit === undefined) return { value: cell.p50Ns, unit: 'ns', interval };
  return { value: cell.p50, unit: cell.unit, interval };
}

/** The p50 of both paths of a draw, in the unit of its comparison. */
export function levelsOf(draw: Levels): { readonly reference: number; readonly candidate: number } {
  if (draw.referenceP50 === undefined) return { reference: draw.referenceP50Ns, candidate: draw.candidateP50Ns };
  return { reference: draw.referenceP50, candidate: draw.candidateP50 };
}

/** Candidate minus reference. */
export function differenceOf(comparison: Comparison): Figure {
  if (comparison.unit === undefined) {
    return { value: comparison.differenceNs, unit: 'ns', interval: comparison.differenceIntervalNs };
  }
  return { value: comparison.difference, unit: comparison.unit, interval: comparison.differenceInterval };
}

/** For the order of rows, the fastest first. */
export function byFigure({ unit, value }: Figure, other: Figure): number {
  return betterOf(unit) === 'lower' ? value - other.value : other.value - value;
}

/** For the order of comparisons with one reference, the fastest candidate first. */
export function byEffect(a: Comparison, b: Comparison): number {
  return betterOf(a.unit ?? 'ns') === 'lower' ? a.relative - b.relative : b.relative - a.relative;
}
