// SPDX-License-Identifier: GPL-2.0-only
/** The nouns of a file of records: what was traced, what it says of itself, and what became of it. */
import type { TscPair } from './trace-clock.ts';

/** A place where a packet or a task is timestamped. */
export interface TracePoint {
  /** As in the records. */
  readonly number: number;
  readonly name: string;
  /** One line: what has just happened when the time is taken. */
  readonly meaning: string;
  /**
   * chain: on the way of a transaction, in causal order; side: runs beside it (an exit, a free) or beside all
   * transactions (interrupts), and never begins or ends a segment.
   */
  readonly role: 'chain' | 'side';
}

/** A point that was asked for and not attached, with the kernel's word. */
export interface RefusedPoint {
  readonly point: string;
  readonly why: string;
}

/** A network namespace that was traced: its inode and the name that the plan gave it. */
export interface TracedNamespace {
  readonly inode: number;
  readonly name: string;
}

/** A thread that was traced. */
export interface TracedTask {
  readonly tid: number;
  readonly name: string;
}

/** An interface by its index in a namespace. */
export interface TracedDevice {
  readonly inode: number;
  readonly ifindex: number;
  readonly name: string;
}

/** What a file of records says of itself. */
export interface TraceFileHeader {
  /** "monotonic". */
  readonly clock: string;
  /** How times were taken: "bpf", "tracefs". */
  readonly mechanism: string;
  /** Points asked for, by name. */
  readonly asked: readonly string[];
  readonly refused: readonly RefusedPoint[];
  readonly namespaces: readonly TracedNamespace[];
  readonly tasks: readonly TracedTask[];
  readonly devices: readonly TracedDevice[];
  /** Ports of the probe, either end. */
  readonly ports: readonly number[];
  /** Taken before the first record; absent = by a tracer or on a machine that has none. */
  readonly tsc?: TscPair;
}

/** What the end of a file says; null fields where the file was cut short. */
export interface TraceFileTrailer {
  readonly startNs: bigint | null;
  readonly endNs: bigint | null;
  /** Records that the kernel side had no room for, per CPU; the block counts only if all are 0. */
  readonly lost: readonly number[];
  /** Records written, per CPU; empty = not said. */
  readonly written: readonly number[];
  /** Records written, by point. */
  readonly points: Readonly<Record<string, number>>;
  /** How often each program ran and for how long in all, ns; empty unless that was asked for. */
  readonly programs: readonly { readonly name: string; readonly runs: number; readonly ns: number }[];
  /** Taken behind the last record. */
  readonly tsc?: TscPair;
}

/** What became of a file: how much was read and what was not. */
export interface TraceFileState {
  readonly header: TraceFileHeader;
  readonly trailer: TraceFileTrailer | null;
  readonly records: number;
  /** null = whole. Otherwise where it is damaged, what was found and what was lost by it. */
  readonly damage: string | null;
  /** Whole records known to be missing behind the damage; null = not known. */
  readonly recordsLost: number | null;
}
