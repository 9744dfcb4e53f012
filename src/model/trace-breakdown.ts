// SPDX-License-Identifier: GPL-2.0-only
/** The nouns of a breakdown: where the time of one path goes, how far that holds, and what it cost to see it. */
import type { RefusedPoint } from './trace-file.ts';
import type { TracedMachine, TraceSide, TraceStep } from './trace-timelines.ts';

/** One way that transactions took: the sequence of their steps. */
export interface PathShape {
  /** Indices into the timelines' steps. */
  readonly steps: readonly number[];
  readonly transactions: number;
  /** Of the usable transactions, 0 to 1. */
  readonly share: number;
}

/** What lies between two steps that follow each other. Times in ns. */
export interface Segment {
  readonly from: TraceStep;
  readonly to: TraceStep;
  readonly minNs: number;
  readonly p50Ns: number;
  readonly p99Ns: number;
  readonly meanNs: number;
  /** meanNs as a share of the mean of the whole, 0 to 1. */
  readonly share: number;
  /**
   * Of a crossing between two clocks: the most that it may be wrong by, all transactions alike, in either direction.
   * null = both ends are on one clock.
   */
  readonly boundNs: number | null;
  /** Steps inside it that are not shown alone, because a crossing among them is smaller than its bound. */
  readonly merged: readonly TraceStep[];
}

/** Mean times of the segments over the transactions around a quantile of the total; quantiles do not add, these do. */
export interface Waterfall {
  /** Rank of the centre as a probability: 0.5, 0.99. */
  readonly quantile: number;
  readonly transactions: number;
  readonly totalNs: number;
  /** One a segment of the breakdown; their sum is `totalNs`. */
  readonly segmentNs: readonly number[];
}

/** The segments of the transactions of one shape, or of the steps that several shapes share. */
export interface ShapeBreakdown {
  readonly transactions: number;
  /** Of the usable transactions, 0 to 1. */
  readonly share: number;
  readonly shapes: number;
  readonly segments: readonly Segment[];
  /** Mean time of every step after the first one, unmerged, ns: what a diff is made of. */
  readonly steps: readonly { readonly step: TraceStep; readonly meanAtNs: number }[];
  /** First step to last. */
  readonly total: {
    readonly minNs: number;
    readonly p50Ns: number;
    readonly p99Ns: number;
    readonly meanNs: number;
  };
  readonly waterfalls: readonly Waterfall[];
}

/** The prober's own round trip beside what the steps cover: rttNs - (last step - first step), per transaction. */
export interface Remainder {
  /** Transactions that have both. */
  readonly transactions: number;
  readonly meanNs: number;
  readonly p50Ns: number;
  readonly p99Ns: number;
  /** Mean remainder as a share of the mean RTT; below 0: the steps cover more than the prober's own stamps. */
  readonly share: number;
  readonly meanRttNs: number;
  readonly p50RttNs: number;
}

/** Where the time of one path in one block goes. */
export interface Breakdown {
  /** Transactions that statistics are made of: whole, nothing sent again. */
  readonly transactions: number;
  readonly shapes: readonly PathShape[];
  /** The share of transactions whose shapes the tables cover. */
  readonly coveredShare: number;
  /** One a covered shape, the largest first. */
  readonly byShape: readonly ShapeBreakdown[];
  /** One table over all covered shapes: the steps that they share, in order. null = they share fewer than two. */
  readonly common: ShapeBreakdown | null;
  /** null = no samples were given. */
  readonly remainder: Remainder | null;
  readonly coverage: Coverage;
}

/** A step that a backend's list expects, and the share of usable transactions in which it was seen. */
export interface ExpectedStep {
  readonly point: string;
  readonly machine: TracedMachine;
  /** undefined = any. */
  readonly place?: string;
  readonly device?: string;
  readonly side?: TraceSide;
}

export interface Coverage {
  readonly asked: readonly { readonly machine: TracedMachine; readonly point: string }[];
  readonly refused: readonly (RefusedPoint & { readonly machine: TracedMachine })[];
  readonly expected: readonly (ExpectedStep & { readonly share: number })[];
  /** Those of `expected` that no transaction has. */
  readonly missing: readonly ExpectedStep[];
  /** What some of the usable transactions lack, and in how many; `after`: only where that point came before it. */
  readonly gaps: readonly (ExpectedStep & { readonly after: string | null; readonly transactions: number })[];
}

/** What tracing itself costs: traced / untraced p50 over pairs of blocks. */
export interface TraceCost {
  readonly pairs: number;
  /** Geometric mean of the ratios. */
  readonly ratio: number;
  /** 95 % interval over pairs; null with fewer than two. */
  readonly interval: { readonly low: number; readonly high: number } | null;
}
