// SPDX-License-Identifier: GPL-2.0-only
/** Writes a file so that a reader sees all of it or nothing, also after a power cut. */

import { constants } from 'node:fs';
import { lchown, mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isErrno } from '../model/errno.ts';

/** Who owns what is written; null = whoever writes. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** The user behind sudo, so that `report` and a plain `rm` work without root afterwards. */
export function ownerBehindSudo(
  env: NodeJS.ProcessEnv = process.env,
  uid: number | undefined = process.getuid?.(),
): Owner | null {
  const user = idFrom(env.SUDO_UID);
  const group = idFrom(env.SUDO_GID);
  return uid === 0 && user !== null && group !== null ? { uid: user, gid: group } : null;
}

function idFrom(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : null;
}

/** Temporary file in the same folder, fsync, rename, fsync of the folder. On failure nothing new is left. */
export async function writeAtomic(path: string, content: string | Uint8Array, owner: Owner | null): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.${process.pid}.tmp`);
  await rm(temporary, { force: true });
  try {
    // O_EXCL with no symlink followed: with sudo the folder belongs to a user who is not root.
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);
    const file = await open(temporary, flags, 0o644);
    try {
      await file.writeFile(content);
      if (owner !== null) await file.chown(owner.uid, owner.gid);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncFolder(folder);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Without it the rename itself can be lost in a power cut; file systems that refuse it order renames themselves. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } catch (error) {
    if (!isErrno(error, ['EINVAL', 'EPERM', 'ENOTSUP', 'EISDIR'])) throw error;
  } finally {
    await handle.close();
  }
}

/**
 * Makes a folder with its parents; whatever is new belongs to `owner`. Step by step, because Node's recursive mkdir tells a
 * full disk as ENOENT.
 */
export async function makeFolders(path: string, owner: Owner | null): Promise<void> {
  try {
    await mkdir(path);
    await giveTo(path, owner);
  } catch (error) {
    if (isErrno(error, ['EEXIST'])) return;
    if (!isErrno(error, ['ENOENT']) || dirname(path) === path) throw error;
    await makeFolders(dirname(path), owner);
    // Not again with parents: in /proc a folder cannot be made although its parent is there, and that is told as ENOENT.
    await mkdir(path).catch((again: unknown) => {
      if (!isErrno(again, ['EEXIST'])) throw again;
    });
    await giveTo(path, owner);
  }
}

/** Hands a file or folder over, symlinks not followed. */
export async function giveTo(path: string, owner: Owner | null): Promise<void> {
  if (owner !== null) await lchown(path, owner.uid, owner.gid);
}
