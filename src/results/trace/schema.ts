// SPDX-License-Identifier: GPL-2.0-only
/** The published shape of a trace's results.json: a schema that parses it, and the JSON schema made from it. */
import { z } from 'zod';
import { failedSchema } from '../../model/block.ts';
import { machineSchema, unavailableSchema, warningSchema } from '../../model/result.ts';
import { CLOCK_METHODS } from '../../model/trace-clock.ts';
import { MECHANISMS } from '../../model/trace-mechanism.ts';
import { TRACE_PROFILES } from '../../model/trace-profile.ts';
import type { TraceReport } from '../../model/trace-report.ts';
import { headerSchema, probeSchema } from '../../run-store/schemas.ts';

const count = z.number().int().nonnegative();
const time = z.number().nonnegative().describe('ns');
const difference = z.number().describe('ns');
const share = z.number().describe('0 to 1.');
const text = z.string();

const machine = z.enum(['host', 'guest']).describe("Each has a clock of its own; times are given on the host's.");
const side = z.enum(['request', 'response', 'task']).describe('Whose packet; task: an event without one.');

const stepSchema = z
  .object({
    machine,
    place: text.describe("A host of the lab or the guest; for an event without a packet its task; '' = not known."),
    device: text.describe("The hop's device; '' = none."),
    point: text.describe('A point of native/hoptrace/record.h.'),
    side,
  })
  .describe('A point at a place.');

const segmentSchema = z
  .object({
    from: stepSchema,
    to: stepSchema,
    minNs: time,
    p50Ns: time,
    p99Ns: time,
    meanNs: time,
    share: share.describe('Of the mean of the whole.'),
    boundNs: time.nullable().describe('Of a crossing between two clocks: the most that it may be wrong by; else null.'),
    merged: z.array(stepSchema).describe('Steps inside it that the clocks cannot resolve.'),
  })
  .describe('What lies between two steps that follow each other.');

const tableSchema = z.object({
  transactions: count,
  share,
  shapes: count,
  segments: z.array(segmentSchema),
  steps: z.array(z.object({ step: stepSchema, meanAtNs: time })).describe('Mean time after the first step, unmerged.'),
  total: z.object({ minNs: time, p50Ns: time, p99Ns: time, meanNs: time }).describe('First step to last.'),
  waterfalls: z
    .array(z.object({ quantile: share, transactions: count, totalNs: time, segmentNs: z.array(time) }))
    .describe('Means over the transactions around a quantile of the whole: they add up, quantiles do not.'),
});

const refusedSchema = z.object({ point: text, why: text, machine });
const expectedSchema = z.object({
  point: text,
  machine,
  place: text.exactOptional(),
  device: text.exactOptional(),
  side: side.exactOptional(),
});

const breakdownSchema = z.object({
  transactions: count.describe('Whole ones, in which nothing was sent again.'),
  shapes: z
    .array(z.object({ steps: z.array(count), transactions: count, share }))
    .describe('The sequences of steps that transactions took, the most frequent first.'),
  coveredShare: share.describe('Of the transactions, those whose shapes are in the tables.'),
  byShape: z.array(tableSchema),
  common: tableSchema.nullable().describe('Over all covered shapes: the steps that they share.'),
  remainder: z
    .object({
      transactions: count,
      meanNs: difference,
      p50Ns: difference,
      p99Ns: difference,
      share: z.number(),
      meanRttNs: time,
      p50RttNs: time,
    })
    .nullable()
    .describe("The client's own round trip less what the steps cover."),
  coverage: z.object({
    asked: z.array(z.object({ machine, point: text })),
    refused: z.array(refusedSchema),
    expected: z.array(expectedSchema.extend({ share })),
    missing: z.array(expectedSchema),
    gaps: z
      .array(expectedSchema.extend({ after: text.nullable(), transactions: count }))
      .describe('What some transactions lack, and how many; after: only where that point came before it.'),
  }),
});

const intervalSchema = z.object({ lowNs: difference, highNs: difference }).nullable().describe('95 % over draws.');
const totalDiffSchema = z.object({
  from: stepSchema,
  to: stepSchema,
  meanANs: time,
  meanBNs: time,
  differenceNs: difference,
  interval: intervalSchema,
  pValue: share.nullable().describe("After Holm's correction over all segments."),
});

const slowSchema = z.object({
  number: count,
  startNs: z.number().describe('ns after the origin of its block.'),
  totalNs: time,
  longest: z.object({ from: text, to: text, ns: time }),
  events: z.array(
    z.object({
      machine,
      atNs: difference.describe("After the transaction's start."),
      point: text,
      place: text,
      device: text,
      cpu: count,
      tid: count,
      task: text,
      aux: text.describe('64 bits, decimal: what the point has beside its packet.'),
      kind: z.enum(['own', 'beside']),
    }),
  ),
  beside: z
    .array(z.object({ what: text, cpu: count, ns: time }))
    .describe('What had its CPUs in the longest gap, longest first.'),
});

const blockSchema = z.object({
  id: text,
  pair: count,
  unused: text.nullable().describe('Why its records are in no figure; null = they are.'),
  machines: z.array(z.object({ machine, mechanism: text, records: count, lost: count, damage: text.nullable() })),
  without: z.array(z.object({ machine, why: text })),
  passedOver: z.array(z.object({ mechanism: z.enum(MECHANISMS), why: text, machine })),
  clockBoundNs: time.nullable().describe('The most that a crossing may be wrong by; null = one clock alone.'),
  clockMethod: z.enum(CLOCK_METHODS).nullable().describe("How the guest's clock was joined to the host's."),
  withoutTsc: text.nullable().describe('Why a guest under KVM was not joined by its counter.'),
});

export const traceReportSchema = z.object({
  schema: z.literal(1),
  kind: z.literal('trace'),
  tool: z.object({ name: z.literal('hoplab'), version: text }),
  run: headerSchema,
  profile: z.enum(TRACE_PROFILES),
  probe: probeSchema,
  k: count.describe('How many paths rotated in a block with a guest.'),
  paths: z.array(
    z.object({
      path: text,
      backend: text,
      blocks: z.array(blockSchema),
      breakdown: breakdownSchema.nullable(),
      cost: z
        .object({
          pairs: count,
          ratio: z.number().positive().describe('traced / untraced p50, geometric mean over pairs of blocks.'),
          interval: z.object({ low: z.number(), high: z.number() }).nullable().describe('95 % over pairs.'),
        })
        .nullable(),
      tracedP50Ns: time.nullable(),
      plainP50Ns: time.nullable(),
      serverNs: z.object({ p50: time, p99: time }).nullable(),
      slow: z.array(slowSchema),
    }),
  ),
  diffs: z.array(
    z.object({
      a: text,
      b: text,
      diff: z
        .object({
          draws: count,
          segments: z.array(
            totalDiffSchema.extend({
              onlyA: z.array(stepSchema),
              onlyB: z.array(stepSchema),
              share: z.number().nullable().describe('Of the whole difference.'),
            }),
          ),
          total: totalDiffSchema,
        })
        .nullable(),
    }),
  ),
  unavailable: z.array(unavailableSchema),
  failed: z.array(failedSchema),
  warnings: z.array(warningSchema),
  machine: machineSchema,
});

/** The readonly marks of the model are lost in a schema; both sides are compared without them. */
export type Mutable<T> = T extends readonly [infer A, infer B]
  ? [Mutable<A>, Mutable<B>]
  : T extends readonly (infer E)[]
    ? Mutable<E>[]
    : T extends object
      ? { -readonly [K in keyof T]: Mutable<T[K]> }
      : T;
export type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** 64-bit numbers are decimal text in JSON. */
type InJson<T> = T extends bigint
  ? string
  : T extends readonly [infer A, infer B]
    ? [InJson<A>, InJson<B>]
    : T extends readonly (infer E)[]
      ? InJson<E>[]
      : T extends object
        ? { [K in keyof T]: InJson<T[K]> }
        : T;

/** Fails to compile when the model and the schema part. */
export const SCHEMA_IS_TRACE: Same<Mutable<z.infer<typeof traceReportSchema>>, Mutable<InJson<TraceReport>>> = true;

/** The content of schema/trace.schema.json. Fields that a later hoplab adds do not make a file invalid. */
export function traceJsonSchema(): string {
  const { $schema, ...schema } = z.toJSONSchema(traceReportSchema, { io: 'input', target: 'draft-2020-12' });
  const head = { $schema, title: 'Results of a hoplab trace (results.json, hoplab trace --json)' };
  return `${JSON.stringify({ ...head, ...schema }, null, 2)}\n`;
}
