// SPDX-License-Identifier: GPL-2.0-only
/** Makes a run folder and writes it piece by piece, each piece whole or not at all. */

import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Block, FailedCell } from '../model/block.ts';
import type { RecordedCheck } from '../model/check.ts';
import type { Environment, LoadState } from '../model/environment.ts';
import { isErrno } from '../model/errno.ts';
import type { LabSpec } from '../model/lab-spec.ts';
import type { UnavailablePath, Warning } from '../model/result.ts';
import type { RunHeader, RunState } from '../model/run-header.ts';
import type { TraceContext } from '../model/trace-context.ts';
import type { TracedMachine } from '../model/traced-machine.ts';
import {
  blockFile,
  checkLabel,
  newRunId,
  RUN_FILES,
  RUN_FORMAT,
  recordsFile,
  safeName,
  samplesFile,
  stampsFile,
  traceFile,
} from './layout.ts';
import type { PlanFile } from './plan-file.ts';
import { currentOwner } from './run-owner.ts';
import { giveTo, makeFolders, type Owner, ownerBehindSudo, writeAtomic } from './write-atomic.ts';
import { writeFailure } from './write-failure.ts';

const PARTS: readonly string[] = [RUN_FILES.blocks, RUN_FILES.samples, RUN_FILES.logs];

/** What is known of a run before it starts. */
export interface RunStart {
  readonly label: string | null;
  readonly version: string;
  readonly argv: readonly string[];
  /** Absent: a run that measures. */
  readonly kind?: string;
  /** Whether tracers write records beside the samples; default: none do. */
  readonly records?: boolean;
  /** Default: now. */
  readonly startedAt?: Date;
}

/** A run folder that is being written by this process. */
export interface RunFolder {
  readonly path: string;
  readonly header: RunHeader;
  writeSpec(spec: LabSpec): Promise<void>;
  writePlan(plan: PlanFile): Promise<void>;
  /** May be called again when more is known: the guest, the devices. */
  writeEnvironment(environment: Environment): Promise<void>;
  /** Samples first, then the block's JSON: a block that is listed is whole. */
  writeBlock(block: Block, samples: Uint8Array): Promise<void>;
  /** Where a tracer on this machine writes a block's records by itself. */
  recordsPath(block: string, machine: TracedMachine): string;
  /** What a tracer elsewhere gave back. */
  writeRecords(block: string, machine: TracedMachine, records: Uint8Array): Promise<void>;
  /** The kernel's stamps of what the client sent, as the prober gives them. */
  writeStamps(block: string, stamps: Uint8Array): Promise<void>;
  /** What the lab knows of a traced block: its threads and devices. */
  writeTrace(block: string, context: TraceContext): Promise<void>;
  addFailed(...cells: FailedCell[]): Promise<void>;
  addUnavailable(...paths: UnavailablePath[]): Promise<void>;
  addWarning(...warnings: Warning[]): Promise<void>;
  /** The text of results.json, see `renderJson`. */
  writeResults(json: string): Promise<void>;
  /** What a check has seen so far; written again after every verdict. */
  writeCheck(check: RecordedCheck): Promise<void>;
  /** Where a process's log goes: logs/<name>.log. */
  logPath(name: string): string;
  /** Ends the run: state and end time into run.json, the load into environment.json. */
  finish(state: Exclude<RunState, 'running'>, after: LoadState | null): Promise<void>;
}

/** Makes `root` where it is missing and a new run folder in it. Throws USAGE for a bad label, DISK_FULL, RUN_NOT_WRITABLE. */
export async function createRunFolder(root: string, start: RunStart): Promise<RunFolder> {
  const label = start.label === null ? null : checkLabel(start.label);
  const startedAt = start.startedAt ?? new Date();
  const owner = ownerBehindSudo();
  const parts = start.records === true ? [...PARTS, RUN_FILES.trace] : PARTS;
  const path = await makeNewFolder(root, { startedAt, label, owner, parts });
  const process = currentOwner();
  const header: RunHeader = {
    format: RUN_FORMAT,
    id: path.id,
    label,
    startedAt: startedAt.toISOString(),
    endedAt: null,
    state: 'running',
    tool: { name: 'hoplab', version: start.version },
    argv: start.argv,
    ...(start.kind === undefined ? {} : { kind: start.kind }),
    ...(process === null ? {} : { owner: process }),
  };
  const writer = new RunWriter(path.folder, header, { owner, parts });
  await writer.begin();
  return writer;
}

async function makeNewFolder(
  root: string,
  {
    startedAt,
    label,
    owner,
    parts,
  }: {
    readonly startedAt: Date;
    readonly label: string | null;
    readonly owner: Owner | null;
    readonly parts: readonly string[];
  },
): Promise<{ readonly id: string; readonly folder: string }> {
  for (;;) {
    const id = newRunId(startedAt, label);
    const folder = join(root, id);
    try {
      await makeFolders(root, owner);
      await mkdir(folder);
      await giveTo(folder, owner);
      for (const part of parts) await makeFolders(join(folder, part), owner);
      return { id, folder };
    } catch (error) {
      // Two runs in one second with the same four digits.
      if (isErrno(error, ['EEXIST'])) continue;
      throw writeFailure(error, { folder: root, attempt: 'make a run folder', blocks: 0 });
    }
  }
}

/** Holds what is rewritten whole at each addition. */
class RunWriter implements RunFolder {
  readonly path: string;
  readonly #owner: Owner | null;
  readonly #parts: readonly string[];
  readonly #failed: FailedCell[] = [];
  readonly #unavailable: UnavailablePath[] = [];
  readonly #warnings: Warning[] = [];
  #header: RunHeader;
  #environment: Environment | null = null;
  #blocks = 0;

  constructor(
    path: string,
    header: RunHeader,
    { owner, parts }: { readonly owner: Owner | null; readonly parts: readonly string[] },
  ) {
    this.path = path;
    this.#header = header;
    this.#owner = owner;
    this.#parts = parts;
  }

  get header(): RunHeader {
    return this.#header;
  }

  async begin(): Promise<void> {
    await this.#writeJson(RUN_FILES.header, this.#header);
  }

  async writeSpec(spec: LabSpec): Promise<void> {
    await this.#writeJson(RUN_FILES.spec, spec);
  }

  async writePlan(plan: PlanFile): Promise<void> {
    await this.#writeJson(RUN_FILES.plan, plan);
  }

  async writeEnvironment(environment: Environment): Promise<void> {
    this.#environment = environment;
    await this.#writeJson(RUN_FILES.environment, environment);
  }

  async writeBlock(block: Block, samples: Uint8Array): Promise<void> {
    await this.#write(samplesFile(block.id), samples);
    await this.#writeJson(blockFile(block.id), block);
    this.#blocks += 1;
  }

  recordsPath(block: string, machine: TracedMachine): string {
    return join(this.path, recordsFile(block, machine));
  }

  async writeRecords(block: string, machine: TracedMachine, records: Uint8Array): Promise<void> {
    await this.#write(recordsFile(block, machine), records);
  }

  async writeStamps(block: string, stamps: Uint8Array): Promise<void> {
    await this.#write(stampsFile(block), stamps);
  }

  async writeTrace(block: string, context: TraceContext): Promise<void> {
    await this.#writeJson(traceFile(block), context);
  }

  async addFailed(...cells: FailedCell[]): Promise<void> {
    this.#failed.push(...cells);
    await this.#writeJson(RUN_FILES.failed, this.#failed);
  }

  async addUnavailable(...paths: UnavailablePath[]): Promise<void> {
    this.#unavailable.push(...paths);
    await this.#writeJson(RUN_FILES.unavailable, this.#unavailable);
  }

  async addWarning(...warnings: Warning[]): Promise<void> {
    this.#warnings.push(...warnings);
    await this.#writeJson(RUN_FILES.warnings, this.#warnings);
  }

  async writeResults(json: string): Promise<void> {
    await this.#write(RUN_FILES.results, json);
  }

  async writeCheck(check: RecordedCheck): Promise<void> {
    await this.#writeJson(RUN_FILES.check, check);
  }

  logPath(name: string): string {
    return join(this.path, RUN_FILES.logs, `${safeName(name)}.log`);
  }

  async finish(state: Exclude<RunState, 'running'>, after: LoadState | null): Promise<void> {
    // The header first: it matters more, should the disk be full.
    this.#header = { ...this.#header, state, endedAt: new Date().toISOString() };
    await this.#writeJson(RUN_FILES.header, this.#header);
    await this.#giveWritten(RUN_FILES.logs);
    if (this.#parts.includes(RUN_FILES.trace)) await this.#giveWritten(RUN_FILES.trace);
    if (this.#environment !== null && after !== null) await this.writeEnvironment({ ...this.#environment, after });
  }

  async #writeJson(name: string, content: unknown): Promise<void> {
    await this.#write(name, `${JSON.stringify(content, null, 1)}\n`);
  }

  async #write(name: string, content: string | Uint8Array): Promise<void> {
    try {
      await writeAtomic(join(this.path, name), content, this.#owner);
    } catch (error) {
      throw writeFailure(error, { folder: this.path, attempt: `write ${name}`, blocks: this.#blocks });
    }
  }

  /** Logs and records are written by root's processes; the user behind sudo must be able to remove them. */
  async #giveWritten(part: string): Promise<void> {
    if (this.#owner === null) return;
    const folder = join(this.path, part);
    for (const name of await readdir(folder)) await giveTo(join(folder, name), this.#owner);
  }
}
