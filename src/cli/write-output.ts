// SPDX-License-Identifier: GPL-2.0-only
/** Writes what a command made, piece by piece: to a file or to stdout, never faster than it is taken. */

import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isErrno } from '../model/errno.ts';
import { HoplabError, reasonOf } from '../model/errors.ts';
import type { CliContext } from './command.ts';

/** `file` null or "-" is stdout. Throws RUN_NOT_WRITABLE, DISK_FULL and INTERRUPTED. */
export async function writeOutput(pieces: Iterable<string>, file: string | null, context: CliContext): Promise<void> {
  if (file === null || file === '-') return writeToStdout(pieces, context);
  try {
    await pipeline(Readable.from(pieces), createWriteStream(file), { signal: context.signal });
  } catch (error) {
    context.signal.throwIfAborted();
    throw new HoplabError({
      code: isFull(error) ? 'DISK_FULL' : 'RUN_NOT_WRITABLE',
      message: `write the report to ${file}: ${reasonOf(error)}`,
      hint: 'name a file in a folder that can be written: -o /tmp/report.html',
      cause: error,
    });
  }
}

async function writeToStdout(pieces: Iterable<string>, context: CliContext): Promise<void> {
  const { stdout } = process;
  for (const piece of pieces) {
    context.signal.throwIfAborted();
    // A reader that has seen enough is no fault, and nothing more is made for it.
    if (stdout.destroyed || stdout.writableEnded) return;
    context.print(piece);
    if (stdout.writableNeedDrain && !(await drained(stdout))) return;
  }
}

/** Whether more may be written: false where the reader has gone away. */
function drained(stream: NodeJS.WritableStream): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (isOpen: boolean) => () => {
      for (const [event, listener] of listeners) stream.off(event, listener);
      resolve(isOpen);
    };
    const listeners = [
      ['drain', settle(true)],
      ['close', settle(false)],
      ['error', settle(false)],
    ] as const;
    for (const [event, listener] of listeners) stream.on(event, listener);
  });
}

export function isFull(error: unknown): boolean {
  return isErrno(error, ['ENOSPC', 'EDQUOT']);
}
