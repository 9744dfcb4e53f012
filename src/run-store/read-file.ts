// SPDX-License-Identifier: GPL-2.0-only
/** Reads files of a run folder that may come from anybody: regular files only, of a bounded size. */

import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { errnoOf } from '../model/errno.ts';
import { reasonOf } from '../model/errors.ts';

const MAX_JSON_BYTES = 16 << 20;
/** 32 million transactions in one block; a block has some ten thousand. */
export const MAX_SAMPLES_BYTES = 1 << 30;

/** Symlinks are not followed and a FIFO does not block; the flags are missing on Windows. */
const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** A larger file is better collected than kept. */
const MOST_SCRATCH_BYTES = 8 << 20;

/** Memory that one file after the other is read into: garbage of this size is collected late. */
export interface Scratch {
  bytes: Buffer;
}

export function newScratch(): Scratch {
  return { bytes: Buffer.alloc(0) };
}

function roomIn(scratch: Scratch, size: number): Buffer {
  if (size > MOST_SCRATCH_BYTES) return Buffer.allocUnsafeSlow(size);
  if (scratch.bytes.length < size) scratch.bytes = Buffer.allocUnsafeSlow(size);
  return scratch.bytes.subarray(0, size);
}

/**
 * The whole file, valid until `scratch` is used again. Throws Error, with a system error's `code` where there is one. Synchronous: four trips through the
 * thread pool per file would make a list of a thousand runs several times slower.
 */
export function readRegularFile(path: string, maxBytes: number, scratch?: Scratch): Buffer {
  const file = openSync(path, OPEN_FLAGS);
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) throw new Error('not a regular file');
    if (stat.size > maxBytes) throw new Error(`${stat.size} bytes, more than the ${maxBytes} that are read`);
    const bytes = scratch === undefined ? Buffer.allocUnsafeSlow(stat.size) : roomIn(scratch, stat.size);
    let length = 0;
    while (length < bytes.length) {
      const got = readSync(file, bytes, length, bytes.length - length, length);
      if (got === 0) break;
      length += got;
    }
    return bytes.subarray(0, length);
  } finally {
    closeSync(file);
  }
}

/** JSON of unknown shape. Throws Error with a reason in a few words. */
export function readJson(path: string): unknown {
  const text = readRegularFile(path, MAX_JSON_BYTES).toString('utf8');
  if (text.trim() === '') throw new Error('empty');
  try {
    return JSON.parse(text);
  } catch (error) {
    // V8's message quotes the text itself, which may be anything.
    throw new Error(`not valid JSON (${text.length} characters)`, { cause: error });
  }
}

/** Why a file could not be read, in a few words, without the path that Node puts into its messages. */
export function readFailure(error: unknown): string {
  const code = errnoOf(error);
  if (code === 'ENOENT') return 'missing';
  if (code === 'ELOOP') return 'a symbolic link, which is not followed';
  return code ?? reasonOf(error);
}
