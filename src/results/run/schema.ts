// SPDX-License-Identifier: GPL-2.0-only
/** The published shape of results.json: a schema that parses it, and the JSON schema made from it. */
import { z } from 'zod';
import type { Report } from '../../model/result.ts';
import { failedSchema, headerSchema, probeSchema, unavailableSchema, warningSchema } from '../../run-store/schemas.ts';

const count = z.number().int().nonnegative();
const time = z.number().nonnegative();

const intervalSchema = z.object({ low: z.number(), high: z.number() });

export const cellSchema = z
  .object({
    path: z.string(),
    backend: z.string(),
    twinOf: z.string().nullable().describe('The path that this one is the A/A control of.'),
    probe: z.string(),
    k: count.describe('How many paths rotated with it, itself included.'),
    n: count.describe('Usable transactions: what every figure of this row is made of.'),
    lost: count,
    discarded: count.describe('Marked and left out: a time did not fit its field.'),
    preempted: count.describe('Among n: the client was switched out against its will.'),
    retransmitted: count.describe('Among n: the connection retransmitted.'),
    skippedSlots: count.describe("The client's paced slots that passed while a transaction was under way."),
    minNs: time,
    meanNs: time,
    p50Ns: time,
    p50Interval: intervalSchema
      .nullable()
      .describe('95 %, bootstrap over groups, in ns; for this plugging of the NICs alone.'),
    p90Ns: time,
    p99Ns: time,
    p999Ns: time.nullable().describe('From 10,000 transactions; null below.'),
    maxNs: time,
    stddevNs: time,
    transactionsPerSecond: z
      .number()
      .nonnegative()
      .describe("Back to back: 1e9 / meanNs. Paced: usable transactions over the path's share of the time."),
    ratioToHost: z.number().nullable().describe('p50 over the p50 of the path without a guest, under the same probe.'),
    response: z
      .object({ p50Ns: time, p99Ns: time })
      .nullable()
      .describe('From the intended start instead of the actual one; null back to back.'),
    wakeupShare: z
      .number()
      .nullable()
      .describe("Median share of the round trip between the kernel's receive stamp and the client's return."),
    serverP50Ns: time.nullable().describe("Median of the server's own residence."),
    proven: z.boolean().describe('Whether interface counters show that the transactions took this path.'),
  })
  .describe('One path under one probe in the overview; service times, whole round trips, in ns.');

const drawEffectSchema = z.object({
  draw: count,
  guest: count,
  reversed: z.boolean().describe('Whether the slots were swapped.'),
  logRatio: z.number().describe('ln(candidate / reference), Hodges-Lehmann over groups.'),
  withinInterval: intervalSchema.describe('Within this draw: for calibration, never a result.'),
  groups: count,
  referenceP50Ns: time,
  candidateP50Ns: time,
});

export const comparisonSchema = z
  .object({
    candidate: z.string(),
    reference: z.string(),
    probe: z.string(),
    k: count,
    draws: z.array(drawEffectSchema),
    guests: count,
    n: count.describe('Transactions of each path in complete groups, over all draws.'),
    relative: z.number().describe('candidate / reference - 1, mean over draws.'),
    relativeInterval: intervalSchema.nullable().describe('95 % over draws; null with fewer than 2.'),
    differenceNs: z.number(),
    differenceIntervalNs: intervalSchema.nullable(),
    pValue: z.number().nullable(),
    holmPValue: z.number().nullable().describe("After Holm's correction over the run's comparisons."),
    marginRelative: z.number().describe('Differences up to this size are not claimed.'),
    isTwin: z.boolean().describe('The A/A control: the same backend twice.'),
    verdict: z.enum(['slower', 'faster', 'no-difference', 'unresolved', 'too-few-draws', 'invalid']),
    standing: z
      .enum(['verdict', 'indication'])
      .describe('A verdict needs 8 draws in 2 guests; everything else is an indication.'),
    because: z
      .string()
      .describe(
        'What weakens or voids it beside the number of draws and guests, for people; empty where nothing does.',
      ),
    lost: count,
    discarded: count,
    slots: z.enum(['reversed in pairs', 'fixed']),
  })
  .describe('One path against another under one probe, over draws.');

export const machineSchema = z.object({
  hostname: z.string(),
  cpu: z.string(),
  cpus: count,
  kernel: z.string(),
  qemu: z.string().nullable(),
  guestKernel: z.string().nullable(),
  accel: z.string().nullable(),
  scheduling: z.string().describe('What was granted, not what was asked for.'),
});

export const reportSchema = z.object({
  schema: z.literal(1),
  tool: z.object({ name: z.literal('hoplab'), version: z.string() }),
  run: headerSchema,
  reference: z.string().nullable(),
  probes: z.array(
    z.object({ probe: probeSchema, k: count, cells: z.array(cellSchema), comparisons: z.array(comparisonSchema) }),
  ),
  unavailable: z.array(unavailableSchema),
  failed: z.array(failedSchema),
  warnings: z.array(warningSchema),
  machine: machineSchema,
}) satisfies z.ZodType<Report>;

/** The readonly marks of the model are lost in a schema; both sides are compared without them. */
export type Mutable<T> = T extends readonly [infer A, infer B]
  ? [Mutable<A>, Mutable<B>]
  : T extends readonly (infer E)[]
    ? Mutable<E>[]
    : T extends object
      ? { -readonly [K in keyof T]: Mutable<T[K]> }
      : T;
export type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Fails to compile when the model and the schema part: a field too many, too few, or of another type. */
export const SCHEMA_IS_REPORT: Same<Mutable<z.infer<typeof reportSchema>>, Mutable<Report>> = true;

/** The content of schema/results.schema.json. Fields that a later hoplab adds do not make a file invalid. */
export function resultsJsonSchema(): string {
  const { $schema, ...schema } = z.toJSONSchema(reportSchema, { io: 'input', target: 'draft-2020-12' });
  const head = { $schema, title: 'Results of a hoplab run (results.json, hoplab report --json)' };
  return `${JSON.stringify({ ...head, ...schema }, null, 2)}\n`;
}
