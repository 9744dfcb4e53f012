// SPDX-License-Identifier: GPL-2.0-only
/** A column of a run's table as a kind of probe declares it: what it is called, means and holds; renderers format it. */
import type { CellSummary } from '../model/result.ts';

export interface ProbeColumn {
  readonly head: string;
  /** The order in which columns matter: where room is scarce, the lowest goes first. */
  readonly keep: number;
  /** Of `exact`. */
  readonly unit: 'ns' | 'share' | 'ratio' | 'per second' | 'count';
  /** So small beside the other figures that it needs more digits. */
  readonly fine?: boolean;
  /** A sentence for people who do not know the field's words. */
  readonly means: string;
  /** Undisguised by rounding; null = nothing to say in this row. */
  readonly exact: (row: CellSummary) => number | null;
}
