// SPDX-License-Identifier: GPL-2.0-only
/** A failure of a part of a diagnosis, which goes on without it. */
import { type Attempt, done, notDone } from '../../model/attempt.ts';
import type { Failure } from '../../model/diagnosis.ts';
import { HoplabError, reasonOf } from '../../model/errors.ts';

export function failureOf(error: unknown): Failure {
  const { code, hint } = error instanceof HoplabError ? error : { code: 'LAB_FAILED', hint: undefined };
  return { code, message: reasonOf(error), hint: hint ?? null };
}

/** What no diagnosis goes on after. */
const FATAL: readonly string[] = ['DISK_FULL', 'RUN_NOT_WRITABLE'];

/** Throws bugs, interruptions, and what leaves no place to write the rest to. */
export async function attempt<T>(work: () => Promise<T>, signal: AbortSignal): Promise<Attempt<T, Failure>> {
  try {
    return done(await work());
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof HoplabError) || FATAL.includes(error.code)) throw error;
    return notDone(failureOf(error));
  }
}
