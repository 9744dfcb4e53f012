// SPDX-License-Identifier: GPL-2.0-only
/** Waiting with an end: a promise against a deadline and an abort. */

export interface DeadlineOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** Makes the error of a deadline that has passed. */
  readonly expired: () => Error;
}

/** What the promise gives, unless the time is over or the signal aborts first. Never leaves a timer or listener behind. */
export async function withDeadline<T>(promise: Promise<T>, options: DeadlineOptions): Promise<T> {
  const { signal, timeoutMs, expired } = options;
  promise.catch(() => undefined); // it may fail after the race is over
  signal.throwIfAborted();
  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  try {
    return await Promise.race([
      promise,
      new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(expired()), timeoutMs);
        onAbort = () => reject(signal.reason);
        signal.addEventListener('abort', onAbort, { once: true });
      }),
    ]);
  } finally {
    clearTimeout(timer);
    if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
  }
}
