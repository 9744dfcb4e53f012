// SPDX-License-Identifier: GPL-2.0-only
/** A limit in time for work that can also be cancelled. */

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
  const timer = setTimeout(
    () => controller.abort(new DOMException(`longer than ${timeoutMs} ms`, 'TimeoutError')),
    timeoutMs,
  );
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
