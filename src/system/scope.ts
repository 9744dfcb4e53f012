// SPDX-License-Identifier: GPL-2.0-only
/** A scope owns what must be undone: it runs all its cleanups, last in first out, whatever fails among them. */
import { setTimeout as delay } from 'node:timers/promises';
import { deadlineMs } from './deadline.ts';

const CLEANUP_LIMIT_MS = 10_000;

interface Cleanup {
  readonly name: string;
  readonly run: () => Promise<unknown>;
}

export class Scope implements AsyncDisposable {
  readonly #cleanups: Cleanup[] = [];
  readonly #limitMs: number;

  constructor(limitMs: number = CLEANUP_LIMIT_MS) {
    this.#limitMs = deadlineMs(limitMs);
  }

  /** Number of cleanups that are still owed. */
  get size(): number {
    return this.#cleanups.length;
  }

  /** Owes `run` under `name`. It must take "already gone" as success and never use an aborted signal. */
  defer(name: string, run: () => Promise<unknown>): void {
    this.#cleanups.push({ name, run });
  }

  /** Owns a resource until the scope closes. */
  use<T extends AsyncDisposable>(name: string, resource: T): T {
    this.defer(name, async () => resource[Symbol.asyncDispose]());
    return resource;
  }

  /** Forgets all cleanups: what they would undo has gone with something larger. */
  release(): void {
    this.#cleanups.length = 0;
  }

  /** Runs every cleanup, each within its time limit, and throws one AggregateError with all failures. */
  async close(): Promise<void> {
    const failures: Error[] = [];
    for (let next = this.#cleanups.pop(); next !== undefined; next = this.#cleanups.pop()) {
      try {
        await withinLimit(next, this.#limitMs);
      } catch (error) {
        failures.push(new Error(`${next.name}: ${error instanceof Error ? error.message : String(error)}`));
      }
    }
    if (failures.length > 0) {
      throw new AggregateError(failures, `could not undo: ${failures.map((failure) => failure.message).join('; ')}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

async function withinLimit(cleanup: Cleanup, limitMs: number): Promise<void> {
  const over = new AbortController();
  const limit = delay(limitMs, undefined, { signal: over.signal }).then(
    () => {
      throw new Error(`did not end within ${limitMs} ms`);
    },
    () => undefined,
  );
  try {
    await Promise.race([cleanup.run(), limit]);
  } finally {
    over.abort();
  }
}
