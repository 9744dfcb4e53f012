// SPDX-License-Identifier: GPL-2.0-only
/** Reads back the spec.json of a run folder: the lab file after parsing, all defaults filled in. */

import { z } from 'zod';
import { ACCELS, ARCHES, type LabSpec } from '../model/lab-spec.ts';
import { HOSTS } from '../model/place.ts';
import { probeSchema } from './schemas.ts';

const count = z.number().int().nonnegative();

export const specSchema = z.object({
  name: z.string(),
  guest: z.object({
    arch: z.enum(ARCHES),
    kernel: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('debian') }),
      z.object({ kind: z.literal('host') }),
      z.object({ kind: z.literal('file'), image: z.string(), modules: z.string().nullable() }),
    ]),
    cpus: count,
    memoryMiB: z.number(),
    accel: z.enum(ACCELS),
    vmm: z.string().exactOptional(),
  }),
  // Each kind's options are its own; reading a run must not depend on the backends of this hoplab.
  paths: z.array(
    z.object({
      name: z.string(),
      backend: z.string(),
      options: z.unknown(),
      commands: z.array(z.object({ on: z.enum(HOSTS), run: z.array(z.string()) })).exactOptional(),
      commandsFor: z.object({ path: z.string(), index: count }).exactOptional(),
      named: z.boolean(),
    }),
  ),
  probes: z.array(probeSchema),
  comparison: z.object({
    reference: z.string().nullable(),
    pairs: z.array(z.tuple([z.string(), z.string()])),
    draws: count,
    guests: count,
    transactions: count,
    warmup: count,
    margin: z.number(),
    twin: z.boolean(),
  }),
  scheduling: z.object({
    policy: z.enum(['fifo', 'other']),
    priority: z.number(),
    guestCpu: z.number().nullable(),
    hostCpu: z.number().nullable(),
  }),
  seed: z.number(),
}) satisfies z.ZodType<LabSpec>;
