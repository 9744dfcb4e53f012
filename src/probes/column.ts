// SPDX-License-Identifier: GPL-2.0-only
/** A column of a run's table as a kind of probe declares it: what it is called, means and holds; renderers format it. */
import type { CellSummary, LatencyCell } from '../model/result.ts';
import type { Unit } from '../model/unit.ts';

/** Of figures that no probe is about. */
export type PlainUnit = 'share' | 'ratio' | 'per second' | 'count';

export interface ProbeColumn {
  readonly head: string;
  /** The order in which columns matter: where room is scarce, the lowest goes first. */
  readonly keep: number;
  /** Of `exact`. */
  readonly unit: Unit | PlainUnit;
  /** So small beside the other figures that it needs more digits. */
  readonly fine?: boolean;
  /** A sentence for people who do not know the field's words. */
  readonly means: string;
  /** Undisguised by rounding; null = nothing to say in this row. */
  readonly exact: (row: CellSummary) => number | null;
}

/** Head of the column of the p50's interval, of every kind. */
export const HALF_WIDTH = '± 95%';

/** Of the rows of probes that measure time. */
export function ofLatency(exact: (row: LatencyCell) => number | null): ProbeColumn['exact'] {
  return (row) => (row.unit === undefined ? exact(row) : null);
}

/** The farther end of an interval: one that is not symmetric must not look narrower than it is. */
export function fartherEnd(middle: number, interval: CellSummary['p50Interval']): number | null {
  return interval === null ? null : Math.max(interval.high - middle, middle - interval.low);
}
