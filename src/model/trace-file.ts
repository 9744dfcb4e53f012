// SPDX-License-Identifier: GPL-2.0-only
/** The nouns of a file of records: what was traced, what it says of itself, and what became of it. */
import { z } from 'zod';
import type { Shape } from './shape.ts';
import { longTime, tscPairSchema } from './trace-clock.ts';

const count = z.number().int().nonnegative();
const text = z.string();

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
export const refusedSchema = z.object({ point: text, why: text });

/** A network namespace that was traced: its inode and the name that the plan gave it. */
export const namespaceSchema = z.object({ inode: count, name: text });
export type TracedNamespace = Shape<typeof namespaceSchema>;

/** A thread that was traced. */
export const taskSchema = z.object({ tid: count, name: text });
export type TracedTask = Shape<typeof taskSchema>;

/** An interface by its index in a namespace. */
const deviceSchema = z.object({ inode: count, ifindex: count, name: text });
export type TracedDevice = Shape<typeof deviceSchema>;

/** What a file of records says of itself. */
export const traceFileHeaderSchema = z.object({
  /** "monotonic". */
  clock: text.default('monotonic'),
  /** How times were taken: "bpf", "tracefs". */
  mechanism: text.default('bpf'),
  /** Points asked for, by name. */
  asked: z.array(text).default([]),
  refused: z.array(refusedSchema).default([]),
  namespaces: z.array(namespaceSchema).default([]),
  tasks: z.array(taskSchema).default([]),
  devices: z.array(deviceSchema).default([]),
  /** Ports of the probe, either end. */
  ports: z.array(count).default([]),
  /** Taken before the first record; absent = by a tracer or on a machine that has none. */
  tsc: tscPairSchema.exactOptional(),
});
export type TraceFileHeader = Shape<typeof traceFileHeaderSchema>;

/** What the end of a file says; null fields where the file was cut short. */
export const traceFileTrailerSchema = z.object({
  startNs: longTime.nullable().default(null),
  endNs: longTime.nullable().default(null),
  /** Records that the kernel side had no room for, per CPU; the block counts only if all are 0. */
  lost: z.array(count).default([]),
  /** Records written, per CPU; empty = not said. */
  written: z.array(count).default([]),
  /** Records written, by point. */
  points: z.record(text, count).default({}),
  /** How often each program ran and for how long in all, ns; empty unless that was asked for. */
  programs: z.array(z.object({ name: text, runs: count, ns: count })).default([]),
  /** Taken behind the last record. */
  tsc: tscPairSchema.exactOptional(),
});
export type TraceFileTrailer = Shape<typeof traceFileTrailerSchema>;

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
