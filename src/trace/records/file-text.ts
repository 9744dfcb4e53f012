// SPDX-License-Identifier: GPL-2.0-only
/** The JSON at the two ends of a file that a tracer wrote: checked once, where it enters. */

import { z } from 'zod';
import { type Attempt, done, notDone } from '../../model/attempt.ts';
import type { TraceFileHeader, TraceFileTrailer } from '../../model/trace-file.ts';

const COUNT = z.int().nonnegative();
/** 64-bit times come as decimal text, or as numbers where they are small enough. */
const TIME = z.union([z.string().regex(/^\d{1,20}$/), COUNT]).transform((value) => BigInt(value));

export const tscSchema = z.object({ tsc: TIME, monotonicNs: TIME, widthNs: COUNT });

const HEADER = z.object({
  clock: z.string().default('monotonic'),
  mechanism: z.string().default('bpf'),
  asked: z.array(z.string()).default([]),
  refused: z.array(z.object({ point: z.string(), why: z.string() })).default([]),
  namespaces: z.array(z.object({ inode: COUNT, name: z.string() })).default([]),
  tasks: z.array(z.object({ tid: COUNT, name: z.string() })).default([]),
  devices: z.array(z.object({ inode: COUNT, ifindex: COUNT, name: z.string() })).default([]),
  ports: z.array(COUNT).default([]),
  tsc: tscSchema.exactOptional(),
});

const TRAILER = z.object({
  startNs: TIME.nullable().default(null),
  endNs: TIME.nullable().default(null),
  lost: z.array(COUNT).default([]),
  written: z.array(COUNT).default([]),
  points: z.record(z.string(), COUNT).default({}),
  programs: z.array(z.object({ name: z.string(), runs: COUNT, ns: COUNT })).default([]),
  tsc: tscSchema.exactOptional(),
});

export function parseTraceHeader(text: string): Attempt<TraceFileHeader> {
  return parseJson(HEADER, text);
}

export function parseTraceTrailer(text: string): Attempt<TraceFileTrailer> {
  return parseJson(TRAILER, text);
}

export function parseJson<T>(schema: z.ZodType<T>, text: string): Attempt<T> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return notDone(error instanceof Error ? error.message : String(error));
  }
  const result = schema.safeParse(value);
  if (result.success) return done(result.data);
  const issue = result.error.issues[0];
  return notDone(`${issue?.path.join('.') || 'the whole'}: ${issue?.message ?? 'not as expected'}`);
}
