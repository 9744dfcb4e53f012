// SPDX-License-Identifier: GPL-2.0-only
/** The nouns of two paths side by side: between which steps their difference is made. */
import type { TraceStep } from './trace-timelines.ts';

/** The difference of two paths between two steps that both have. */
export interface SegmentDiff {
  readonly from: TraceStep;
  readonly to: TraceStep;
  /** Steps in between that only one path has. */
  readonly onlyA: readonly TraceStep[];
  readonly onlyB: readonly TraceStep[];
  /** Means over draws, ns. */
  readonly meanANs: number;
  readonly meanBNs: number;
  /** B - A, mean over draws, ns. */
  readonly differenceNs: number;
  /** 95 % interval over draws (Student's t); null with fewer than two draws. */
  readonly interval: { readonly lowNs: number; readonly highNs: number } | null;
  /** Two-sided, adjusted by Holm over all segments; null with fewer than two draws. */
  readonly pValue: number | null;
  /** Share of the whole difference; null where the whole difference is 0. */
  readonly share: number | null;
}

export interface TraceDiff {
  readonly draws: number;
  readonly segments: readonly SegmentDiff[];
  /** First step to last that both have. */
  readonly total: Omit<SegmentDiff, 'onlyA' | 'onlyB' | 'share'>;
}
