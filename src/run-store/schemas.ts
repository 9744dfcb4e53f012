// SPDX-License-Identifier: GPL-2.0-only
/** What the JSON files of a run folder must look like to be read; fields that a later hoplab adds are passed over. */

import { z } from 'zod';
import { type Block, blockSchema, drawKeySchema, traceKeySchema } from '../model/block.ts';
import { DIRECTIONS, type Direction, HOST1, HOST2 } from '../model/place.ts';
import type { PathPlan, Placement, PlannedBlock } from '../model/plan.ts';
import { type ProbeSpec, probeSpecSchema } from '../model/probe-spec.ts';
import { type RunHeader, runHeaderSchema } from '../model/run-header.ts';
import { PROTOCOLS } from '../probes/index.ts';
import { RUN_FORMAT, SAFE_NAME } from './layout.ts';

const count = z.number().int().nonnegative();
const fileName = z.string().regex(SAFE_NAME, 'not a name for a file');

export const probeSchema = probeSpecSchema.extend({ protocol: z.enum(PROTOCOLS) }) satisfies z.ZodType<ProbeSpec>;

export const headerSchema = runHeaderSchema.extend({
  format: z.literal(RUN_FORMAT),
  id: fileName,
}) satisfies z.ZodType<RunHeader>;

export const storedBlockSchema = blockSchema.extend({ id: fileName }) satisfies z.ZodType<Block>;

/** What is read back of a plan: enough to say what was to be measured. Commands are kept for people, not for parsing. */
export interface RecordedPlan {
  readonly paths: readonly (Pick<PathPlan, 'name' | 'backend' | 'twinOf' | 'port'> & {
    readonly backendPlan: Pick<PathPlan['backendPlan'], 'notes' | 'hops' | 'legsAlike'> & {
      readonly nic: { readonly address: string } | null;
      /** Absent in runs of a hoplab that did not plan them. */
      readonly netdev?: Readonly<Record<string, unknown>> | null;
      readonly nicOptions?: Readonly<Record<string, unknown>>;
      /** What the client connects to, by direction; none where it is not reachable. */
      readonly reach: Readonly<Record<Direction, { readonly connect?: string }>>;
    };
  })[];
  readonly placement: Placement;
  readonly blocks: readonly Pick<PlannedBlock, 'id' | 'part' | 'probe' | 'paths' | 'draw' | 'guest' | 'trace'>[];
}

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
        netdev: z.record(z.string(), z.unknown()).nullable().exactOptional(),
        nicOptions: z.record(z.string(), z.unknown()).exactOptional(),
        reach: z.record(z.enum(DIRECTIONS), z.object({ connect: z.string().exactOptional() })),
        legsAlike: z.array(z.enum(DIRECTIONS)).exactOptional(),
        hops: z.array(
          z.object({
            name: z.string(),
            where: z.enum(['guest', 'vmm', HOST1, HOST2]),
            device: z.string(),
            points: z.object({ toHost1: z.array(z.string()), toGuest: z.array(z.string()) }).exactOptional(),
            devices: z.array(z.string()).exactOptional(),
            service: z.string().exactOptional(),
          }),
        ),
      }),
    }),
  ),
  placement: z.object({ guestCpu: z.number(), hostCpu: z.number(), fifoPriority: z.number() }),
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
}) satisfies z.ZodType<RecordedPlan>;
