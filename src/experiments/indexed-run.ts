// SPDX-License-Identifier: GPL-2.0-only
/** A recorded folder as a list shows it and filters by it, without reading all of it. */
import type { ListedState } from '../run-store/list-runs.ts';

export const INDEXED_STATES = [
  'running',
  'finished',
  'interrupted',
  'failed',
  'died',
  'unreadable',
] as const satisfies readonly ListedState[];

/** The figure of one path under one probe. */
export interface IndexedCell {
  readonly path: string;
  readonly probe: string;
  /** How many paths rotated; a figure means nothing without it. */
  readonly k: number;
  readonly n: number;
  readonly p50Ns: number;
}

export interface IndexedRun {
  /** Name of its folder. */
  readonly id: string;
  /** Name of its experiment. */
  readonly kind: string;
  readonly label: string | null;
  readonly state: ListedState;
  /** From its id where its head does not say. */
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly argv: readonly string[];
  readonly paths: readonly string[];
  readonly probes: readonly string[];
  /** From results.json; empty where there is none. */
  readonly cells: readonly IndexedCell[];
  /** Of the hoplab that recorded it; "" where it is not known, as kernel and hostname. */
  readonly version: string;
  readonly kernel: string;
  readonly hostname: string;
  /** What is wrong with its folder, in a sentence; null = nothing that the index saw. */
  readonly problem: string | null;
  /** What came of it where that is no figure: "2 of 3 paths pass"; null otherwise. */
  readonly outcome: string | null;
}
