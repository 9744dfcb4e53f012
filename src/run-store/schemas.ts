// SPDX-License-Identifier: GPL-2.0-only
/** What the JSON files of a run folder must look like to be read; fields that a later hoplab adds are passed over. */

import { z } from 'zod';
import { type Block, blockSchema, drawKeySchema, traceKeySchema } from '../model/block.ts';
import { type LabSpec, labSpecSchema } from '../model/lab-spec.ts';
import { DIRECTIONS } from '../model/place.ts';
import { hopSchema, placementSchema } from '../model/plan.ts';
import { type ProbeSpec, probeSpecSchema } from '../model/probe-spec.ts';
import { ATTACHMENT_KEY } from '../model/recorded-words.ts';
import { type RunHeader, runHeaderSchema } from '../model/run-header.ts';
import type { Shape } from '../model/shape.ts';
import { protocolWords } from '../probes/index.ts';
import { RUN_FORMAT, SAFE_NAME } from './layout.ts';

const count = z.number().int().nonnegative();
const fileName = z.string().regex(SAFE_NAME, 'not a name for a file');

export const probeSchema = probeSpecSchema.extend({ protocol: z.enum(protocolWords()) }) satisfies z.ZodType<ProbeSpec>;

export const headerSchema = runHeaderSchema.extend({
  format: z.literal(RUN_FORMAT),
  id: fileName,
}) satisfies z.ZodType<RunHeader>;

export const storedBlockSchema = blockSchema.extend({ id: fileName }) satisfies z.ZodType<Block>;

/** spec.json: the lab file after parsing, all defaults filled in. */
export const specSchema = labSpecSchema.extend({ probes: z.array(probeSchema) }) satisfies z.ZodType<LabSpec>;

/** What is read back of a plan: enough to say what was to be measured. Commands are kept for people, not for parsing. */
export const planSchema = z.object({
  paths: z.array(
    z.object({
      name: z.string(),
      backend: z.string(),
      twinOf: z.string().nullable(),
      port: count,
      backendPlan: z.object({
        notes: z.array(z.string()),
        nic: z.object({ address: z.string() }).nullable(),
        /** This and the next are absent in runs of a hoplab that did not plan them. */
        [ATTACHMENT_KEY]: z.record(z.string(), z.unknown()).nullable().exactOptional(),
        nicOptions: z.record(z.string(), z.unknown()).exactOptional(),
        /** What the client connects to, by direction; none where it is not reachable. */
        reach: z.record(z.enum(DIRECTIONS), z.object({ connect: z.string().exactOptional() })),
        legsAlike: z.array(z.enum(DIRECTIONS)).exactOptional(),
        hops: z.array(hopSchema),
      }),
    }),
  ),
  placement: placementSchema,
  blocks: z.array(
    z.object({
      id: z.string(),
      part: blockSchema.shape.part,
      probe: probeSchema,
      paths: z.array(z.string()),
      draw: drawKeySchema.nullable(),
      guest: count,
      trace: traceKeySchema.exactOptional(),
    }),
  ),
});
export type RecordedPlan = Shape<typeof planSchema>;
