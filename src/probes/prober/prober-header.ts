// SPDX-License-Identifier: GPL-2.0-only
/** The JSON headers of the prober's results, parsed into the model's types. */
import { z } from 'zod';
import { countsSchema, grantedSchema } from '../../model/block.ts';
import { corrupt, HEAD } from './container.ts';

const natural = z.number().int().nonnegative();

const clientHeader = z.object({
  role: z.literal('client'),
  protocol: z.string(),
  /** Why the block ended: all counted, out of time, out of memory for records, stopped, no path left. */
  ended: z.enum(['count', 'duration', 'capacity', 'signal', 'no-path']),
  granted: grantedSchema,
  /** `badResponses`: datagrams of another length than the response's. */
  counts: countsSchema.extend({ badResponses: natural }),
  paths: z.array(
    z.object({
      index: natural,
      /** Measured transactions, lost ones included. */
      measured: natural,
      /** Lost ones, warm-up included. */
      lost: natural,
      retransmits: natural,
      /** Why the path was left out, or left the rotation; null = it did not. */
      error: z.string().nullable(),
    }),
  ),
});

const serverHeader = z.object({
  role: z.literal('server'),
  granted: grantedSchema,
  listeners: z.array(
    z.object({
      index: natural,
      protocol: z.enum(['tcp', 'udp', 'crr']),
      served: natural,
      /** Answered, but no room was left for their residence times. */
      dropped: natural,
      connections: natural,
      badRequests: natural,
    }),
  ),
});

export type ClientHeader = z.infer<typeof clientHeader>;
export type ServerHeader = z.infer<typeof serverHeader>;

export function parseClientHeader(header: unknown, name: string): ClientHeader {
  return parse(clientHeader, header, name);
}

export function parseServerHeader(header: unknown, name: string): ServerHeader {
  return parse(serverHeader, header, name);
}

function parse<T>(schema: z.ZodType<T>, header: unknown, name: string): T {
  const result = schema.safeParse(header);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw corrupt(name, HEAD.size, `the header's ${issue?.path.join('.') || 'value'}: ${issue?.message}`);
}
