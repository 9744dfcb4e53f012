// SPDX-License-Identifier: GPL-2.0-only
/** The JSON at the two ends of a file that a tracer wrote: checked once, where it enters. */

import type { z } from 'zod';
import { type Attempt, done, notDone } from '../../model/attempt.ts';
import {
  type TraceFileHeader,
  type TraceFileTrailer,
  traceFileHeaderSchema,
  traceFileTrailerSchema,
} from '../../model/trace-file.ts';

export function parseTraceHeader(text: string): Attempt<TraceFileHeader> {
  return parseJson(traceFileHeaderSchema, text);
}

export function parseTraceTrailer(text: string): Attempt<TraceFileTrailer> {
  return parseJson(traceFileTrailerSchema, text);
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
