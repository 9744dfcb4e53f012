// SPDX-License-Identifier: GPL-2.0-only
/** The folder of what can be fetched or built again: guest kernels, images, native parts, verdicts. */

import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { isErrno } from '../model/errno.ts';

/** Root's, which everyone may read. */
export const SYSTEM_CACHE = '/var/cache/hoplab';

/** $HOPLAB_CACHE, else /var/cache/hoplab for root, else $XDG_CACHE_HOME/hoplab. */
export function cacheDir(): string {
  const { HOPLAB_CACHE, XDG_CACHE_HOME } = process.env;
  if (HOPLAB_CACHE) return HOPLAB_CACHE;
  if (process.getuid?.() === 0) return SYSTEM_CACHE;
  return join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'hoplab');
}

/** Writes a file so that a reader sees all of it or nothing, also when two processes write it. */
export async function writeFileAtomic(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await writeFile(temporary, content);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** True for the error of a file that is not there. */
export function isMissing(error: unknown): boolean {
  return isErrno(error, ['ENOENT', 'ENOTDIR']);
}
