// SPDX-License-Identifier: GPL-2.0-only
/** Blocks as they were recorded, and what could not be: the parts of a run that everything else is computed from. */
import { z } from 'zod';
import type { Shape } from './shape.ts';

const count = z.number().int().nonnegative();
const text = z.string();
const part = z.enum(['overview', 'comparison']);
export type Part = z.infer<typeof part>;

/** Which draw a block belongs to; the overview has none. */
export const drawKeySchema = z.object({
  /** The pair under comparison: path names, [candidate, reference]. */
  pair: z.tuple([text, text]),
  /** 0, 1, 2, ...; draws 2k and 2k+1 are a crossover pair (slots reversed). */
  draw: count,
  /** Which guest of the run, from 0. */
  guest: count,
  /** False: candidate in the first slot; true: reversed. */
  reversed: z.boolean(),
});
export type DrawKey = Shape<typeof drawKeySchema>;

/** Counters along one path that show where the transactions went. */
const proofSchema = z.object({
  path: text,
  proven: z.boolean(),
  /** "w1-tap rx: 2612 for 2550 transactions"; for an unproven path what was missing. */
  evidence: z.array(text),
});
export type PathProof = Shape<typeof proofSchema>;

/** What the operating system granted a prober process. */
export const grantedSchema = z.object({
  /** "fifo:10", or "other" where SCHED_FIFO was refused or not asked for. */
  scheduling: text,
  /** The one CPU it is pinned to, null = not pinned. */
  cpu: z.number().int().nullable(),
  memoryLocked: z.boolean(),
  /** Reasons for what was asked for and refused: "SCHED_FIFO: Operation not permitted". */
  refused: z.array(text),
});
export type Granted = Shape<typeof grantedSchema>;

/** What the prober counts beside the samples, per block. */
export const countsSchema = z.object({
  /** Paced slots that passed while a transaction was under way. */
  skippedSlots: count,
  /** UDP responses that came after their time-out and were drained. */
  lateResponses: count,
  retransmits: count,
  voluntarySwitches: count,
  involuntarySwitches: count,
  /** CPU time of the client, user + system. */
  cpuNs: z.number().nonnegative(),
  /** Wall time of the measured part, warm-up not counted. */
  wallNs: z.number().nonnegative(),
});
export type BlockCounts = Shape<typeof countsSchema>;

/**
 * By how much the guest's clock ran faster than this machine's, over the guest's life until the end of the block, in
 * millionths: surely between the two. Negative = slower. Beyond 1000 there is no block.
 */
const guestClockSchema = z.object({ lowPpm: z.number(), highPpm: z.number() });
export type GuestClockError = Shape<typeof guestClockSchema>;

/** Which of two blocks on the same plugging this is: the one with the tracer, or the one without. */
export const traceKeySchema = z.object({ pair: count, traced: z.boolean() });
export type TraceKey = Shape<typeof traceKeySchema>;

/** One run of one client process: K paths in rotation. Its samples are in samples/<id>.hls. */
export const blockSchema = z.object({
  id: text,
  part,
  probe: text,
  /** Path names in the order of the samples' path index. */
  paths: z.array(text).min(1).max(256),
  draw: drawKeySchema.nullable(),
  seed: z.number(),
  startedAt: z.iso.datetime(),
  warmupPerPath: count,
  groupSize: z.number().int().positive(),
  client: grantedSchema,
  server: grantedSchema,
  counts: countsSchema,
  proofs: z.array(proofSchema),
  /** Share of the machine's CPU time taken by others (steal) during the block, 0 to 1. */
  steal: z.number().min(0).max(1),
  /** Only in a block with a guest: the first one's. */
  guestClock: guestClockSchema.exactOptional(),
  /** Of further guests, by their places. */
  guestClocks: z.record(text, guestClockSchema).exactOptional(),
  /** Only in a run that traces. */
  trace: traceKeySchema.exactOptional(),
});
export type Block = Shape<typeof blockSchema>;

/** A block, or one path of one, that could not be measured: an error that is a result. */
export const failedSchema = z.object({
  part,
  probe: text,
  path: text,
  draw: drawKeySchema.nullable(),
  code: text,
  reason: text,
  hint: text.nullable(),
});
export type FailedCell = Shape<typeof failedSchema>;
