// SPDX-License-Identifier: GPL-2.0-only
/** Reads a run folder, without root and on any platform: everything that is readable, and a list of what is not. */
import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { type Block, type FailedCell, failedSchema } from '../model/block.ts';
import type { Environment } from '../model/environment.ts';
import { HoplabError } from '../model/errors.ts';
import type { LabSpec } from '../model/lab-spec.ts';
import { type UnavailablePath, unavailableSchema, type Warning, warningSchema } from '../model/result.ts';
import { GUESSED_VERSION, type RunHeader } from '../model/run-header.ts';
import type { Samples } from '../model/samples.ts';
import { decodeSamplesFile } from '../probes/prober/samples-file.ts';
import { environmentFileSchema } from './environment-file.ts';
import { blockFile, isRunId, isSafeName, RUN_FILES, RUN_FORMAT, samplesFile, startOfRunId } from './layout.ts';
import { MAX_SAMPLES_BYTES, newScratch, readFailure, readJson, readRegularFile, type Scratch } from './read-file.ts';
import { isAlive } from './run-owner.ts';
import { areSamplesGone, SAMPLES_GONE } from './samples-gone.ts';
import { headerSchema, planSchema, type RecordedPlan, specSchema, storedBlockSchema } from './schemas.ts';

/** A run as it lies on disk. What is null could not be read, and `damage` says why. */
export interface Run {
  readonly path: string;
  readonly header: RunHeader;
  readonly spec: LabSpec | null;
  readonly plan: RecordedPlan | null;
  readonly environment: Environment | null;
  /** In the order in which they were measured. */
  readonly blocks: readonly Block[];
  readonly failed: readonly FailedCell[];
  readonly unavailable: readonly UnavailablePath[];
  /** What the lab itself warned of while it measured. */
  readonly warnings: readonly Warning[];
  /** What is missing or cannot be read, a sentence each. */
  readonly damage: readonly string[];
  /** A block's samples, read now. Throws SAMPLES_CORRUPT. */
  samples(block: Block): Samples;
}

/** Reads everything but the samples. Throws RUN_NOT_FOUND and RUN_TOO_NEW; all other faults become `damage`. */
export async function readRun(path: string): Promise<Run> {
  const folder = resolve(path);
  const damage: string[] = [];
  const header = settled(readHeader(folder, damage));
  const running = header.state === 'running';
  const scratch = newScratch();
  const read = <T>(name: string, schema: z.ZodType<T>, absent: 'damage' | 'fine'): T | null =>
    readPart({ folder, name, schema, absent, damage });
  return {
    path: folder,
    header,
    // A run that ended early may lack these; one that says it finished may not.
    spec: read(RUN_FILES.spec, specSchema, running ? 'fine' : 'damage'),
    plan: read(RUN_FILES.plan, planSchema, running ? 'fine' : 'damage'),
    environment: read(RUN_FILES.environment, environmentFileSchema, running ? 'fine' : 'damage'),
    failed: read(RUN_FILES.failed, z.array(failedSchema), 'fine') ?? [],
    unavailable: read(RUN_FILES.unavailable, z.array(unavailableSchema), 'fine') ?? [],
    warnings: read(RUN_FILES.warnings, z.array(warningSchema), 'fine') ?? [],
    blocks: readBlocks(folder, damage),
    damage,
    samples: (block) => readSamples(folder, block, scratch),
  };
}

/** A run that says "running" while its process is gone was killed: nobody will ever write its end. */
function settled(header: RunHeader): RunHeader {
  const { state, owner } = header;
  return state === 'running' && owner !== undefined && !isAlive(owner) ? { ...header, state: 'interrupted' } : header;
}

function readHeader(folder: string, damage: string[]): RunHeader {
  const entries = listFolder(folder);
  if (entries === null) throw notFoundError(folder, 'there is no such folder');
  const isRun = entries.includes(RUN_FILES.header) || entries.includes(RUN_FILES.blocks);
  if (!isRun) throw notFoundError(folder, `it holds neither ${RUN_FILES.header} nor ${RUN_FILES.blocks}/`);
  let raw: unknown;
  try {
    raw = readJson(join(folder, RUN_FILES.header));
  } catch (error) {
    damage.push(`${RUN_FILES.header}: ${readFailure(error)}; the head of the run is guessed from its folder`);
    return guessHeader(folder);
  }
  refuseNewer(folder, raw);
  const parsed = headerSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  damage.push(`${RUN_FILES.header}: ${firstIssue(parsed.error)}; the head of the run is guessed from its folder`);
  return guessHeader(folder);
}

/** Whether the head could not be read, so that neither the run's state nor its end is known. */
export function isHeadGuessed({ damage }: Pick<Run, 'damage'>): boolean {
  return damage.some((text) => text.startsWith(`${RUN_FILES.header}: `));
}

/** Looked at before anything else of the header: a newer layout may have changed all the rest. */
function refuseNewer(folder: string, raw: unknown): void {
  const parsed = z.object({ format: z.number() }).safeParse(raw);
  if (!parsed.success || parsed.data.format <= RUN_FORMAT) return;
  throw new HoplabError({
    code: 'RUN_TOO_NEW',
    message: `read the run folder ${folder}: its layout is version ${parsed.data.format}, and this hoplab reads up to version ${RUN_FORMAT}`,
    hint: 'update hoplab, or read the run with the hoplab that wrote it',
  });
}

function guessHeader(folder: string): RunHeader {
  const name = basename(folder);
  return {
    format: RUN_FORMAT,
    id: isSafeName(name) ? name : 'unknown',
    label: isRunId(name) && name.length > 21 ? name.slice(21) : null,
    startedAt: startOfRunId(name) ?? statSync(folder).mtime.toISOString(),
    endedAt: null,
    state: 'failed',
    tool: { name: 'hoplab', version: GUESSED_VERSION },
    argv: [],
  };
}

interface PartToRead<T> {
  readonly folder: string;
  readonly name: string;
  readonly schema: z.ZodType<T>;
  readonly absent: 'damage' | 'fine';
  readonly damage: string[];
}

function readPart<T>({ folder, name, schema, absent, damage }: PartToRead<T>): T | null {
  try {
    const parsed = schema.safeParse(readJson(join(folder, name)));
    if (parsed.success) return parsed.data;
    damage.push(`${name}: ${firstIssue(parsed.error)}`);
  } catch (error) {
    const failure = readFailure(error);
    if (failure !== 'missing' || absent === 'damage') damage.push(`${name}: ${failure}`);
  }
  return null;
}

function readBlocks(folder: string, damage: string[]): Block[] {
  const names = listFolder(join(folder, RUN_FILES.blocks));
  if (names === null) {
    damage.push(`${RUN_FILES.blocks}/: cannot be listed`);
    return [];
  }
  const blocks: Block[] = [];
  for (const name of names.sort()) {
    // Temporary files of a write that never ended start with a dot.
    if (name.startsWith('.')) continue;
    const id = name.endsWith('.json') ? name.slice(0, -'.json'.length) : '';
    if (!isSafeName(id)) {
      damage.push(`${RUN_FILES.blocks}/: ${JSON.stringify(name)} is not a block`);
      continue;
    }
    const block = readPart({ folder, name: blockFile(id), schema: storedBlockSchema, absent: 'damage', damage });
    if (block === null) continue;
    if (block.id === id) blocks.push(block);
    else damage.push(`${blockFile(id)}: says that it is block ${JSON.stringify(block.id)}`);
  }
  // ISO times of one format order as text; the sort is stable, so that equal times stay in the order of their ids.
  return blocks.sort((a, b) => (a.startedAt < b.startedAt ? -1 : a.startedAt > b.startedAt ? 1 : 0));
}

/** Decoding copies every column, so that the next block may be read over this one. */
function readSamples(folder: string, block: Block, scratch: Scratch): Samples {
  const name = samplesFile(block.id);
  let bytes: Buffer;
  try {
    bytes = readRegularFile(join(folder, name), MAX_SAMPLES_BYTES, scratch);
  } catch (error) {
    throw corruptError(areSamplesGone(folder) ? SAMPLES_GONE : `read ${name}: ${readFailure(error)}`, error);
  }
  const { samples } = decodeSamplesFile(bytes, name);
  // A path index without a name cannot be put under anybody's row.
  const stranger = samples.path.findIndex((index) => index >= block.paths.length);
  if (stranger === -1) return samples;
  throw corruptError(
    `read ${name}: record ${stranger} is of path ${samples.path[stranger]}, and the block has ${block.paths.length}`,
    undefined,
  );
}

function corruptError(message: string, cause: unknown): HoplabError {
  return new HoplabError({
    code: 'SAMPLES_CORRUPT',
    message,
    hint: 'copy the run folder again from where it was recorded, or measure again',
    cause,
  });
}

function listFolder(folder: string): string[] | null {
  try {
    return readdirSync(folder);
  } catch {
    return null; // the caller says what is missing
  }
}

function notFoundError(folder: string, why: string): HoplabError {
  return new HoplabError({
    code: 'RUN_NOT_FOUND',
    message: `read the run folder ${folder}: ${why}; looked in ${dirname(folder)}`,
    hint: 'hoplab runs',
  });
}

/** Where in the file and what is wrong there, without quoting its content. */
function firstIssue(error: z.ZodError): string {
  const [issue] = error.issues;
  if (issue === undefined) return 'invalid';
  const where = issue.path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return `${where === '' ? 'the whole' : JSON.stringify(where.replace(/^\./, ''))}: ${issue.message}`;
}
