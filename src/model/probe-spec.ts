// SPDX-License-Identifier: GPL-2.0-only
/** What is sent and how often: the part of a result's key that does not name the path. */
import type { Direction } from './place.ts';

/** A word that a kind of probe brings: "tcp_rr". */
export type Protocol = string;

export const WAIT_MODES = ['block', 'spin', 'busy-poll'] as const;
export type WaitMode = (typeof WAIT_MODES)[number];

export interface ProbeSpec {
  /** Unique within a lab; file names are made from it: [a-z0-9-]+. */
  readonly name: string;
  readonly protocol: Protocol;
  readonly direction: Direction;
  readonly requestBytes: number;
  readonly responseBytes: number;
  /** Gap between the starts of the client's transactions; 0 = back to back. */
  readonly paceNs: number;
  readonly wait: WaitMode;
  /** Transactions per path in the overview, warm-up not counted. */
  readonly count: number;
  /** Upper limit for one block in time; the block then ends with fewer transactions. null = none. */
  readonly durationNs: number | null;
  /** False: this probe is shown in the overview alone. */
  readonly compare: boolean;
}
