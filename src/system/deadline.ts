// SPDX-License-Identifier: GPL-2.0-only
/**
 * Limits in time, all of them stretched by one setting: HOPLAB_DEADLINES=x10 on a machine that is ten times as slow as those
 * that the limits were chosen for. It is read where it stands, in the environment, so that child processes have it too.
 */
import { HoplabError } from '../model/errors.ts';

const VARIABLE = 'HOPLAB_DEADLINES';
const HIGHEST = 1000;

/** By how much every deadline is multiplied; 1 where nothing is set. Throws USAGE for what is no factor. */
export function deadlineFactor(env: NodeJS.ProcessEnv = process.env): number {
  const text = env[VARIABLE];
  return text === undefined || text === '' ? 1 : factorOf(text);
}

function factorOf(text: string): number {
  const factor = /^x\d+(\.\d+)?$/.test(text) ? Number(text.slice(1)) : Number.NaN;
  if (factor >= 1 && factor <= HIGHEST) return factor;
  throw new HoplabError({
    code: 'USAGE',
    message: `read how much longer deadlines are: x1 to x${HIGHEST} is allowed, got "${text}"`,
    hint: `${VARIABLE}=x10, or --deadlines x10`,
  });
}

/** For this process and all that it starts. Throws USAGE for what is no factor. */
export function setDeadlines(text: string): void {
  factorOf(text);
  process.env[VARIABLE] = text;
}

/** A deadline as it is here. Each is stretched once: by what waits, not by what asks. */
export function deadlineMs(ms: number): number {
  return ms * deadlineFactor();
}

/** For clean-up, which work's own signal must not end. */
export function expiresAfter(ms: number): AbortSignal {
  return AbortSignal.timeout(deadlineMs(ms));
}

export interface Deadline extends Disposable {
  /** Aborts when the time is over, or with what cancels the work. */
  readonly signal: AbortSignal;
}

/**
 * Ends after `timeoutMs`, or when `signal` aborts, and holds its timer until it is disposed of. Node 20 lets go of
 * `AbortSignal.any([signal, AbortSignal.timeout(ms)])` at the next collection of garbage, and then it never aborts.
 */
export function deadlineAfter(timeoutMs: number, signal: AbortSignal): Deadline {
  const controller = new AbortController();
  const pass = () => controller.abort(signal.reason);
  const ms = deadlineMs(timeoutMs);
  const timer = setTimeout(() => controller.abort(new DOMException(`longer than ${ms} ms`, 'TimeoutError')), ms);
  if (signal.aborted) pass();
  signal.addEventListener('abort', pass, { once: true });
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', pass);
    },
  };
}

export interface DeadlineOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** Makes the error of a deadline that has passed; it is given how long that was. */
  readonly expired: (ms: number) => Error;
}

/** What the promise gives, unless the time is over or the signal aborts first. Never leaves a timer or listener behind. */
export async function withDeadline<T>(promise: Promise<T>, options: DeadlineOptions): Promise<T> {
  const { signal, timeoutMs, expired } = options;
  promise.catch(() => undefined); // it may fail after the race is over
  signal.throwIfAborted();
  const ms = deadlineMs(timeoutMs);
  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  try {
    return await Promise.race([
      promise,
      new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(expired(ms)), ms);
        onAbort = () => reject(signal.reason);
        signal.addEventListener('abort', onAbort, { once: true });
      }),
    ]);
  } finally {
    clearTimeout(timer);
    if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
  }
}
