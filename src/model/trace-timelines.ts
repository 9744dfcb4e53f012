// SPDX-License-Identifier: GPL-2.0-only
/** The nouns of the join: a transaction's steps on one clock, and what could not be joined. */
import { z } from 'zod';
import type { Shape } from './shape.ts';
import { type TracedMachine, tracedMachineSchema } from './traced-machine.ts';

const text = z.string();

export const sideSchema = z.enum(['request', 'response', 'task']).describe('Whose packet; task: an event without one.');
/** Which packet of the transaction an event belongs to; task: an event without a packet. */
export type TraceSide = z.infer<typeof sideSchema>;

/** One step of a path. Events with the same step are compared with each other. */
export const stepSchema = z
  .object({
    machine: tracedMachineSchema,
    /** Name of the network namespace. */
    place: text.describe("A host of the lab or the guest; for an event without a packet its task; '' = not known."),
    device: text.describe("The hop's device; '' = none."),
    point: text.describe('A point of native/hoptrace/record.h.'),
    side: sideSchema,
  })
  .describe('A point at a place.');
export type TraceStep = Shape<typeof stepSchema>;

/** Flags of one timeline. */
export const TIMELINE_FLAGS = {
  /** A payload packet of the transaction was sent again; kept apart from all statistics. */
  retransmitted: 1 << 0,
  /** A segment without payload was seen in between (counted; its own events are not part of the timeline). */
  ackOnly: 1 << 1,
} as const;

/** Whole transactions of one path in one block, as columns: the request, the response, and the tasks in between. */
export interface Timelines {
  readonly length: number;
  readonly steps: readonly TraceStep[];
  /** Time 0 of `startNs`: CLOCK_MONOTONIC of the host (or of the one machine there is), ns. */
  readonly originNs: bigint;
  /** Number of the transaction on its path, from 0, warm-up included; UDP: the prober's sequence number. */
  readonly number: Uint32Array;
  readonly flags: Uint8Array;
  /** Time of the first event, ns after `originNs`, host clock. */
  readonly startNs: Float64Array;
  /** Events of transaction i are first[i] to first[i + 1] - 1. */
  readonly first: Uint32Array;
  /** Index into `steps`, per event. */
  readonly step: Uint16Array;
  /** ns after the transaction's start, host clock, per event; never falls. */
  readonly atNs: Uint32Array;
}

/** What the join could not use, all of it counted. */
export interface JoinCounts {
  readonly records: number;
  /** Records that are part of the returned timelines. */
  readonly joined: number;
  /** Transactions whose beginning or end lies outside the capture. */
  readonly cutAtStart: number;
  readonly cutAtEnd: number;
  /** Within the capture, but without a response (or without its request). */
  readonly incomplete: number;
  /** Whole transactions with a payload packet sent more than once; in the timelines, flagged. */
  readonly retransmitted: number;
  /** Records of segments without payload, and of later segments of a message. */
  readonly ackOnlyRecords: number;
  readonly laterSegmentRecords: number;
  /** Records of points beside the way: exits, frees, interrupts, switches. */
  readonly sideRecords: number;
  /** Could not be joined: point -> number of records, with the reason. */
  readonly unjoined: readonly UnjoinedRecords[];
}

export interface UnjoinedRecords {
  readonly machine: TracedMachine;
  readonly point: string;
  readonly why:
    | 'no transaction'
    | 'between transactions'
    | 'incomplete transaction'
    | 'not of the probe'
    | 'unknown point'
    | 'unknown time';
  readonly records: number;
}
