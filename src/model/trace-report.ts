// SPDX-License-Identifier: GPL-2.0-only
/** What the report of a trace shows; built from a run folder without root. Written as results.json of such a run. */
import { z } from 'zod';
import { failedSchema } from './block.ts';
import { machineSchema } from './machine-line.ts';
import { probeSpecSchema } from './probe-spec.ts';
import { unavailableSchema, warningSchema } from './result.ts';
import { runHeaderSchema } from './run-header.ts';
import type { Shape } from './shape.ts';
import { breakdownSchema, costSchema } from './trace-breakdown.ts';
import { CLOCK_METHODS } from './trace-clock.ts';
import { diffSchema } from './trace-diff.ts';
import { passedOverSchema } from './trace-mechanism.ts';
import { TRACE_PROFILES } from './trace-profile.ts';
import { slowSchema } from './trace-slow.ts';
import { tracedMachineSchema } from './traced-machine.ts';

const count = z.number().int().nonnegative();
const time = z.number().nonnegative().describe('ns');
const text = z.string();
const machine = tracedMachineSchema;

const stateSchema = z.object({
  machine,
  /** "bpf", "tracefs" or "timestamping". */
  mechanism: text,
  records: count,
  lost: count,
  damage: text.nullable(),
});

/** One traced block, as far as it is of this path. */
const blockSchema = z.object({
  id: text,
  pair: count,
  unused: text.nullable().describe('Why its records are in no figure; null = they are.'),
  machines: z.array(stateSchema),
  /** Machines of which there is no record, and why. */
  without: z.array(z.object({ machine, why: text })),
  /** Better mechanisms than the one that was used, and why they were not. */
  passedOver: z.array(passedOverSchema.extend({ machine })),
  /** Of a crossing between the clocks of guest and host. */
  clockBoundNs: time.nullable().describe('The most that a crossing may be wrong by; null = one clock alone.'),
  /** null = one clock alone. */
  clockMethod: z.enum(CLOCK_METHODS).nullable().describe("How the guest's clock was joined to the host's."),
  /** null = it was, or it is not under KVM. */
  withoutTsc: text.nullable().describe('Why a guest under KVM was not joined by its counter.'),
});
export type TracedBlock = Shape<typeof blockSchema>;

const pathSchema = z.object({
  path: text,
  backend: text,
  blocks: z.array(blockSchema),
  /** Over all traced blocks that are used; null = there is none. */
  breakdown: breakdownSchema.nullable(),
  cost: costSchema.nullable(),
  /** p50 of the round trips of traced and of untraced blocks, as the prober measured them. */
  tracedP50Ns: time.nullable(),
  plainP50Ns: time.nullable(),
  /** The server's own time from its receive to its send, where the times are those of the client's sockets; else null. */
  serverNs: z.object({ p50: time, p99: time }).nullable(),
  /** The slowest transactions; empty unless they were asked for. */
  slow: z.array(slowSchema),
});
export type TracedPath = Shape<typeof pathSchema>;

/** Where the difference of two paths is made: B - A. */
const tracedDiffSchema = z.object({
  a: text,
  b: text,
  /** null = they have no two steps in common, or no block of both can be used. */
  diff: diffSchema.nullable(),
});
export type TracedDiff = Shape<typeof tracedDiffSchema>;

export const tracedReportSchema = z.object({
  schema: z.literal(1),
  kind: z.literal('trace'),
  tool: z.object({ name: z.literal('hoplab'), version: text }),
  run: runHeaderSchema,
  profile: z.enum(TRACE_PROFILES),
  probe: probeSpecSchema,
  k: count.describe('How many paths rotated in a block with a guest.'),
  paths: z.array(pathSchema),
  /** Every path with a guest against the first one. */
  diffs: z.array(tracedDiffSchema),
  unavailable: z.array(unavailableSchema),
  failed: z.array(failedSchema),
  warnings: z.array(warningSchema),
  machine: machineSchema,
});
export type TraceReport = Shape<typeof tracedReportSchema>;
