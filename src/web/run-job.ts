// SPDX-License-Identifier: GPL-2.0-only
/** One run at a time, started from a page where --allow-run was given: a process of its own, which is told what to record as data. */
import { join } from 'node:path';
import { z } from 'zod';
import type { RunIndex } from '../run-index/run-index.ts';
import { checkLabel, RUN_FILES } from '../run-store/layout.ts';
import { readJson } from '../run-store/read-file.ts';
import { type Service, startService } from '../system/service.ts';
import { refusal } from './refusal.ts';

export const EFFORTS = ['quick', 'default', 'thorough'] as const;
type Effort = (typeof EFFORTS)[number];

export interface JobWish {
  readonly paths: readonly string[];
  readonly effort: Effort;
  readonly label: string | null;
}

export interface JobState {
  readonly argv: readonly string[];
  readonly running: boolean;
  readonly pid: number;
  /** Of its folder, once it is there. */
  readonly run: string | null;
  /** How it ended; null while it runs. */
  readonly ended: string | null;
  readonly lastLines: readonly string[];
}

/** A run as the process that records it is told. */
export interface RequestedRun {
  /** The command that would record the same. */
  readonly argv: readonly string[];
  /** For the stdin of the process. */
  readonly stdin: string;
}

/** What starts runs: web knows neither labs nor commands. */
export interface RunStarter {
  /** argv of a process that records the run that it is told on stdin, and ends as `hoplab run` does. */
  readonly process: readonly string[];
  /** Throws USAGE for what fits no lab. */
  request(wish: JobWish, root: string): RequestedRun;
}

export interface RunJobsOptions {
  readonly starter: RunStarter;
  readonly root: string;
  readonly index: Promise<RunIndex>;
  readonly signal: AbortSignal;
}

const PATH_NAME = /^[a-z][a-z0-9-]{0,11}$/;
const headSchema = z.object({ owner: z.object({ pid: z.number() }) });

export class RunJobs implements AsyncDisposable {
  readonly #options: RunJobsOptions;
  #service: Service | null = null;
  #argv: readonly string[] = [];
  #run: string | null = null;
  #ended: string | null = null;
  #starting = false;

  constructor(options: RunJobsOptions) {
    this.#options = options;
  }

  /** Why no run can be started here; null = one can. */
  refusal(): string | null {
    if (process.getuid?.() !== 0)
      return 'hoplab serve is not run by root, and a lab needs root: sudo hoplab serve --allow-run';
    return this.#service?.running === true || this.#starting ? 'a run that was started here is under way' : null;
  }

  /** Starts a run. Throws a refusal, and USAGE for a bad label. */
  async start({ paths, effort, label }: JobWish): Promise<void> {
    const why = this.refusal();
    if (why !== null) throw refusal(409, `No run is started: ${why}.`);
    if (paths.length === 0 || paths.length > 32 || !paths.every((path) => PATH_NAME.test(path)))
      throw refusal(400, 'Choose at least one path.');
    const { starter, root, signal } = this.#options;
    const { argv, stdin } = starter.request({ paths, effort, label: label === null ? null : checkLabel(label) }, root);
    this.#starting = true;
    try {
      const service = await startService(starter.process, {
        name: 'hoplab run',
        signal,
        stdin,
        logFile: null,
        maxOutputBytes: 1 << 20,
      });
      service.stdin.end();
      this.#service = service;
      this.#argv = ['hoplab', ...argv];
      this.#run = null;
      this.#ended = null;
      void service.exited.then(({ code, signal: by }) => {
        this.#ended = by === null ? `ended with status ${code}` : `ended by ${by}`;
      });
    } finally {
      this.#starting = false;
    }
  }

  /** null = none was started. */
  async state(): Promise<JobState | null> {
    const service = this.#service;
    if (service === null) return null;
    this.#run ??= await this.#findRun(service.pid);
    return {
      argv: this.#argv,
      running: service.running,
      pid: service.pid,
      run: this.#run,
      ended: this.#ended,
      lastLines: service.lastLines(12),
    };
  }

  /** The first time as ctrl-C does, so that it keeps what it has; the second time at once. */
  cancel(): void {
    const service = this.#service;
    if (service === null || !service.running) throw refusal(409, 'No run that was started here is under way.');
    process.kill(service.pid, 'SIGINT');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#service?.[Symbol.asyncDispose]();
  }

  /** The folder whose head names that process as its writer. */
  async #findRun(pid: number): Promise<string | null> {
    const index = await this.#options.index;
    const { runs } = index.page({}, { offset: 0, limit: 10 });
    const found = runs.find(({ id }) => writerOf(join(this.#options.root, id)) === pid);
    return found?.id ?? null;
  }
}

function writerOf(folder: string): number | null {
  try {
    return headSchema.safeParse(readJson(join(folder, RUN_FILES.header))).data?.owner.pid ?? null;
  } catch {
    return null; // a head that cannot be read names nobody
  }
}
