// SPDX-License-Identifier: GPL-2.0-only
/** The published shape of diagnosis.json: a schema that parses it, and the JSON schema made from it. */

import { z } from 'zod';
import type { Diagnosis } from '../../model/diagnosis.ts';
import { RUNGS } from '../../model/ladder.ts';
import { stateSchema } from '../../model/network-state.ts';
import { DIRECTIONS, HOSTS, PLACES } from '../../model/place.ts';
import { cellSchema, comparisonSchema, unavailableSchema } from '../../model/result.ts';
import { SOURCE_KINDS } from '../../model/source.ts';

const count = z.number().int().nonnegative();
const direction = z.enum(DIRECTIONS);
const place = z.enum(PLACES);
const text = z.string();

const rungSchema = z.object({
  rung: z.enum(RUNGS),
  outcome: z
    .enum(['pass', 'fail', 'not-applicable', 'not-tried'])
    .describe('not-applicable: the path does not promise it; not-tried: a simpler one already failed.'),
  detail: text.describe('What was sent and what came back, or why it was not tried.'),
  sent: count,
  answered: count,
  errno: text.nullable().describe('The word of the kernel where a call failed: ECONNREFUSED.'),
  ms: z.number().nonnegative(),
  data: z
    .record(text, z.union([text, z.number()]))
    .exactOptional()
    .describe('Figures of that rung, by name.'),
});

const ladderSchema = z
  .object({ path: text, direction, rungs: z.array(rungSchema) })
  .describe('One path climbed in one direction, the simplest rung first.');

const cureSchema = z.object({
  what: text,
  cost: text.describe('What it costs or breaks beside; empty where nothing is known.'),
  action: z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('path'),
      options: z.record(text, z.unknown()).exactOptional().describe("Merged into the path's own in the lab file."),
      commands: z
        .array(z.object({ on: z.enum(HOSTS), run: z.array(text) }))
        .exactOptional()
        .describe('Run on a host once the path is attached: argv, no shell.'),
    }),
    z.object({ kind: z.literal('advice') }),
  ]),
});

const verdictSchema = z.object({
  rule: text,
  text,
  confidence: z
    .enum(['certain', 'likely', 'possible'])
    .describe('certain: the kernel or the frames say so; likely: all that was seen agrees; possible: it may be.'),
  severity: z.enum(['broken', 'slow']),
  at: text.nullable().describe('The hop or device where it happens.'),
  evidence: z.array(text),
  cures: z.array(cureSchema).describe('The cheapest first.'),
  directions: z.array(direction),
});

const dropSchema = z
  .object({
    place,
    reason: text.describe("The kernel's word without its prefix: TCP_CSUM."),
    device: text,
    protocol: text,
    port: count.exactOptional(),
    frames: count,
    example: text.exactOptional(),
  })
  .describe('Frames that a kernel dropped, by its own reason (skb:kfree_skb).');

const xdpSchema = z
  .object({ place, device: text, tracepoint: text, reason: text, frames: count })
  .describe('A frame that XDP meant to send and did not, or a verdict that ended it (xdp:* tracepoints).');

const counterSchema = z.object({
  place,
  by: z.enum(['kernel', 'bridge', 'switch']).describe("bridge: hoplab's own; switch: Open vSwitch."),
  bridge: text.nullable().describe('The bridge that counts; null where it is none, or all of them.'),
  device: text.nullable().describe('Null where the stack or the bridge as a whole counts.'),
  key: text,
  value: z.number(),
});

const sourceSchema = z.object({
  kind: z.enum(SOURCE_KINDS),
  places: z.array(place).describe('The places that it tells of; none: a hop inside the VMM.'),
  of: text
    .nullable()
    .describe('Which of its kind: the hop, the tracepoint, the tool of a firewall, the backend; null: there is one.'),
  device: text.nullable().describe('The device that it is asked about; null where it is none, or all.'),
  used: z.boolean(),
  why: text.describe('Why it was not used, else empty.'),
});

export const evidenceSchema = z.object({
  direction,
  seen: z
    .partialRecord(z.enum(RUNGS), z.object({ requests: count, frames: count }))
    .describe("What the answering side saw of each rung's requests: given to who answers, and heard on the device."),
  drops: z.array(dropSchema),
  xdp: z.array(xdpSchema),
  deltas: z.array(counterSchema).describe('Counters that moved while the failing rungs were climbed again.'),
  state: stateSchema,
  sources: z.array(sourceSchema),
  frames: z.array(z.object({ hop: text, place, frames: count })).describe('How many frames were kept at each hop.'),
  traced: z.array(text).describe('Where packets ended or changed on their way, the most first.'),
  capture: text.nullable().describe('The pcapng file beside this one; null where nothing was captured.'),
});

const failureSchema = z.object({ code: text, message: text, hint: text.nullable() });

export const pathSchema = z.object({
  path: text,
  backend: text,
  ladders: z.array(ladderSchema),
  verdicts: z.array(verdictSchema).describe('What is broken before what is slow, the most certain first.'),
  couldNotLook: z
    .array(z.object({ rule: text, refused: z.array(sourceSchema), directions: z.array(direction) }))
    .nullable()
    .describe('Rules to which a source was refused that they need: they said neither yes nor no. Null: schema 1.'),
  evidence: z.array(evidenceSchema),
  failed: failureSchema.nullable().describe('Why the path could not be looked at; null where it was.'),
});

export const diagnosisSchema = z.object({
  schema: z.literal(2),
  tool: z.object({ name: z.literal('hoplab'), version: text }),
  id: text,
  startedAt: z.iso.datetime(),
  argv: z.array(text),
  lab: text,
  kernel: text,
  guest: text.nullable().describe("The guest's kernel; null without a guest."),
  paths: z.array(pathSchema),
  unavailable: z.array(unavailableSchema),
  sources: z.array(sourceSchema).describe('Every source of evidence once, over all paths.'),
  applied: z.array(
    z.object({
      path: text,
      number: z.number().int().positive().describe('As the cure stands in the list of its verdict.'),
      rule: text,
      cure: cureSchema,
      ladders: z.array(ladderSchema).describe('Of the cured path.'),
      healed: z.boolean(),
      failed: failureSchema.nullable().describe('Why it could not be applied; null where it was.'),
    }),
  ),
  prices: z.array(
    z.object({
      path: text,
      against: z
        .enum(['uncured', 'cures'])
        .describe('cures: against the first cure, because the path as it was carries no probe.'),
      names: z.record(text, text).describe('The paths of the run, and what they stand for.'),
      heading: z.string().describe('What was sent, at what pace, how it was compared.'),
      run: text.nullable().describe('Its id: hoplab report ID shows all of it; null where nothing was measured.'),
      cells: z.array(cellSchema),
      comparisons: z.array(comparisonSchema),
      failed: failureSchema.nullable().describe('Why nothing was measured; null where something was.'),
    }),
  ),
}) satisfies z.ZodType<Diagnosis>;

/** The readonly marks of the model are lost in a schema; both sides are compared without them. */
type Mutable<T> = T extends readonly [infer A, infer B]
  ? [Mutable<A>, Mutable<B>]
  : T extends readonly (infer E)[]
    ? Mutable<E>[]
    : T extends object
      ? { -readonly [K in keyof T]: Mutable<T[K]> }
      : T;
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Fails to compile when the model and the schema part. */
export const SCHEMA_IS_DIAGNOSIS: Same<Mutable<z.infer<typeof diagnosisSchema>>, Mutable<Diagnosis>> = true;

/** The content of schema/diagnosis.schema.json. Fields that a later hoplab adds do not make a file invalid. */
export function diagnosisJsonSchema(): string {
  const { $schema, ...schema } = z.toJSONSchema(diagnosisSchema, { io: 'input', target: 'draft-2020-12' });
  const head = { $schema, title: 'A diagnosis of hoplab (diagnosis.json, hoplab diagnose --json)' };
  return `${JSON.stringify({ ...head, ...schema }, null, 2)}\n`;
}
