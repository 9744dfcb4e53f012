// SPDX-License-Identifier: GPL-2.0-only
/** The JSON header of a file of pages. */

import { z } from 'zod';
import type { Attempt } from '../../model/attempt.ts';
import { tscPairSchema } from '../../model/trace-clock.ts';
import { parseJson } from '../records/file-text.ts';
import { TRACE_POINTS } from '../records/points.ts';

const COUNT = z.int().nonnegative();

/** What hoplab adds to the tracer's own words: which points it asked for, and by which events. */
const extraSchema = z.object({
  asked: z.array(z.string()).default([]),
  /** Of a point: the events that it is made of. */
  events: z.record(z.string(), z.array(z.string())).default({}),
  ports: z.array(COUNT).default([]),
});

const HEADER = z.object({
  clock: z.string(),
  mechanism: z.literal('tracefs'),
  kernel: z.string(),
  pageBytes: COUNT.default(4096),
  headerPage: z.string().default(''),
  calls: z.record(z.string(), z.int()).default({}),
  events: z.array(z.object({ stream: COUNT, name: z.string(), format: z.string() })),
  refusedEvents: z.array(z.object({ name: z.string(), why: z.string() })).default([]),
  /** Of processes of the plan: the threads that there were at the start. */
  threads: z.array(z.object({ pid: COUNT, tids: z.array(COUNT) })).default([]),
  tsc: tscPairSchema.exactOptional(),
  extra: extraSchema.default({ asked: [], events: {}, ports: [] }),
});
export type PagesHeader = z.infer<typeof HEADER>;

export function parsePagesHeader(text: string): Attempt<PagesHeader> {
  return parseJson(HEADER, text);
}

/** Points that were asked for and cannot be had: no tracepoint is like them, or the kernel refused theirs. */
export function refusedPoints({
  extra,
  refusedEvents,
}: PagesHeader): { readonly point: string; readonly why: string }[] {
  const why = new Map(refusedEvents.map((event) => [event.name, event.why]));
  return extra.asked.flatMap((point) => {
    if (!TRACE_POINTS.some(({ name }) => name === point)) return [{ point, why: 'hoplab knows no such point' }];
    const events = extra.events[point] ?? [];
    if (events.length === 0) return [{ point, why: 'tracefs: no tracepoint says this; it takes BPF' }];
    const refused = events.filter((event) => why.has(event));
    // All of them are needed: a point that is made of two has both its ends from them.
    return refused.length === 0
      ? []
      : [{ point, why: `tracefs: ${refused.map((event) => `${event}: ${why.get(event)}`).join('; ')}` }];
  });
}
