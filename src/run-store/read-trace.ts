// SPDX-License-Identifier: GPL-2.0-only
/** Reads what a trace left of a block: what the lab knew, and the records, streamed. */

import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { type Attempt, done, notDone } from '../model/attempt.ts';
import { type TraceContext, traceContextSchema } from '../model/trace-context.ts';
import type { TracedMachine } from '../model/traced-machine.ts';
import { recordsFile, stampsFile, traceFile } from './layout.ts';
import { readFailure, readJson } from './read-file.ts';
import type { Run } from './read-run.ts';

export function readTraceContext({ path }: Pick<Run, 'path'>, block: string): Attempt<TraceContext> {
  const name = traceFile(block);
  try {
    const parsed = traceContextSchema.safeParse(readJson(join(path, name)));
    if (parsed.success) return done(parsed.data);
    return notDone(`${name}: ${parsed.error.issues[0]?.message ?? 'invalid'}`);
  } catch (error) {
    return notDone(`${name}: ${readFailure(error)}`);
  }
}

/** The bytes of one machine's records, in chunks; throws the system's error where there is no such file. */
export async function* readRecordBytes(
  { path }: Pick<Run, 'path'>,
  block: string,
  machine: TracedMachine,
): AsyncGenerator<Uint8Array> {
  yield* readChunks(path, recordsFile(block, machine));
}

/** What the kernel stamped of the client's requests; throws the system's error where there is no such file. */
export async function readStampBytes({ path }: Pick<Run, 'path'>, block: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readChunks(path, stampsFile(block))) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* readChunks(path: string, name: string): AsyncGenerator<Uint8Array> {
  // A folder from anywhere may hold a device or a link in place of the file.
  const file = await open(join(path, name), constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  if (!(await file.stat()).isFile()) {
    await file.close();
    throw new Error(`${name} is not a regular file`);
  }
  for await (const chunk of file.createReadStream({ highWaterMark: CHUNK_BYTES })) yield chunk as Buffer;
}

const CHUNK_BYTES = 1 << 20;
