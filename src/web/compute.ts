// SPDX-License-Identifier: GPL-2.0-only
/** Computing in a thread of its own: a run of millions of transactions must not hold up every other page. */

import { Worker } from 'node:worker_threads';
import type { Attempt } from '../model/attempt.ts';
import { isErrno } from '../model/errno.ts';
import { ERROR_CODES, type ErrorCode, HoplabError } from '../model/errors.ts';
import { deadlineMs } from '../system/deadline.ts';
import type { ComputeTask, TaskResults } from './compute-tasks.ts';
import { refusal } from './refusal.ts';

/** A folder from anywhere may be of any size. */
const LIMIT_MS = 60_000;
const HEAP_MIB = 1536;
/** What waits beyond it is refused, not piled up. */
const MOST_WAITING = 16;
const KEPT = 24;

/** What the thread answers. */
export type ComputeAnswer = Attempt<unknown, ComputeFailure>;

interface ComputeFailure {
  readonly code: string | null;
  readonly message: string;
  readonly hint: string | null;
}

interface Waiting {
  readonly task: ComputeTask;
  readonly settle: (answer: ComputeAnswer) => void;
  readonly fail: (error: unknown) => void;
}

export class Compute implements AsyncDisposable {
  readonly #queue: Waiting[] = [];
  readonly #kept = new Map<string, Promise<unknown>>();
  readonly #module: URL;
  #worker: Worker | null = null;
  #current: Waiting | null = null;
  #timer: NodeJS.Timeout | undefined;

  /** `module` is that of the thread. */
  constructor(module: URL = new URL('./compute-worker.js', import.meta.url)) {
    this.#module = module;
  }

  /**
   * The result of a task; kept while `stamp`, which says the state of the folders it reads, stays the same. Throws what the task
   * throws, and a refusal where it takes too long or too many wait.
   */
  async of<K extends ComputeTask['kind']>(
    task: Extract<ComputeTask, { kind: K }>,
    stamp: string,
  ): Promise<TaskResults[K]> {
    const key = JSON.stringify([task, stamp]);
    const known = this.#kept.get(key);
    const result = known ?? this.#run(task);
    // The one used last is the last to be dropped.
    this.#kept.delete(key);
    this.#kept.set(key, result);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > KEPT && oldest !== undefined) this.#kept.delete(oldest);
    try {
      // The thread's answers are of the kind of their task.
      return (await result) as TaskResults[K];
    } catch (error) {
      this.#kept.delete(key);
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer);
    await this.#worker?.terminate();
    this.#worker = null;
  }

  #run(task: ComputeTask): Promise<unknown> {
    if (this.#queue.length >= MOST_WAITING)
      return Promise.reject(
        refusal(503, 'Too much is being computed already: try again in a moment.', { retryAfterSeconds: 5 }),
      );
    return new Promise((resolve, reject) => {
      const settle = (answer: ComputeAnswer) => (answer.ok ? resolve(answer.value) : reject(asError(answer.why)));
      this.#queue.push({ task, settle, fail: reject });
      this.#next();
    });
  }

  #next(): void {
    if (this.#current !== null) return;
    const next = this.#queue.shift();
    if (next === undefined) return;
    this.#current = next;
    const worker = this.#start();
    this.#timer = setTimeout(
      () => this.#giveUp(worker, refusal(503, `That takes more than ${deadlineMs(LIMIT_MS) / 1000} s to compute.`)),
      deadlineMs(LIMIT_MS),
    );
    worker.postMessage(next.task);
  }

  #start(): Worker {
    if (this.#worker !== null) return this.#worker;
    const worker = new Worker(this.#module, {
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
    });
    worker.unref();
    worker.on('message', (answer: ComputeAnswer) => {
      const done = this.#current;
      this.#current = null;
      clearTimeout(this.#timer);
      done?.settle(answer);
      this.#next();
    });
    worker.on('error', (error) => this.#giveUp(worker, tooLarge(error)));
    this.#worker = worker;
    return worker;
  }

  #giveUp(worker: Worker, error: unknown): void {
    if (this.#worker !== worker) return;
    const failed = this.#current;
    this.#worker = null;
    this.#current = null;
    clearTimeout(this.#timer);
    void worker.terminate();
    failed?.fail(error);
    this.#next();
  }
}

function tooLarge(error: unknown): unknown {
  return isErrno(error, ['ERR_WORKER_OUT_OF_MEMORY'])
    ? refusal(503, 'That run is too large to be shown here.', { hint: 'hoplab report' })
    : error;
}

/** Classes do not cross between threads. */
function asError({ code, message, hint }: ComputeFailure): Error {
  if (code === null || !isCode(code)) return new Error(message);
  return new HoplabError({ code, message, ...(hint === null ? {} : { hint }) });
}

function isCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CODES, code);
}
