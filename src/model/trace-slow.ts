// SPDX-License-Identifier: GPL-2.0-only
/** The nouns of a transaction that is kept whole. */
import type { TracedMachine } from './trace-timelines.ts';

/** One record of a timeline with all that is known of it. */
export interface SlowEvent {
  readonly machine: TracedMachine;
  /** ns after the transaction's start, host clock; may be below 0 for what began before it. */
  readonly atNs: number;
  readonly point: string;
  readonly place: string;
  readonly device: string;
  readonly cpu: number;
  readonly tid: number;
  readonly task: string;
  readonly aux: bigint;
  /** own: of the transaction; beside: what else ran on a CPU that it used. */
  readonly kind: 'own' | 'beside';
}

/** A transaction kept whole. */
export interface SlowTransaction {
  readonly number: number;
  readonly startNs: number;
  readonly totalNs: number;
  /** Longest gap between two of its own steps, which is where to look. */
  readonly longest: { readonly from: string; readonly to: string; readonly ns: number };
  readonly events: readonly SlowEvent[];
  /** What ran in the longest gap on its CPUs, longest first. */
  readonly beside: readonly { readonly what: string; readonly cpu: number; readonly ns: number }[];
}
