// SPDX-License-Identifier: GPL-2.0-only
/** Reads the folder of runs itself: one that is missing holds no run yet, one that cannot be read is an error. */

import { type Dirent, existsSync, lstatSync, readdirSync } from 'node:fs';
import { isErrno } from '../model/errno.ts';
import { HoplabError } from '../model/errors.ts';
import { isSafeName } from './layout.ts';
import { ownerWords } from './owner-words.ts';
import { refusalWords } from './write-failure.ts';

/** Names of the folders in it; none where there is no such folder. Throws RUNS_UNREADABLE. */
export function runFolderNames(root: string): string[] {
  return entriesOf(root)
    .filter((entry) => entry.isDirectory() && isSafeName(entry.name))
    .map((entry) => entry.name);
}

/** "/srv/runs holds no run", or that there is no such folder. */
export function noRunIn(root: string): string {
  return existsSync(root) ? `${root} holds no run` : `there is no folder ${root}`;
}

function entriesOf(root: string): Dirent[] {
  try {
    return readdirSync(root, { withFileTypes: true });
  } catch (error) {
    if (isErrno(error, ['ENOENT'])) return [];
    const why = refusalWords(error);
    if (why === null) throw error;
    throw new HoplabError({
      code: 'RUNS_UNREADABLE',
      message: `look for runs in ${root}: ${reasonOf(root, error, why)}`,
      hint: 'hoplab runs --runs FOLDER, or HOPLAB_RUNS=FOLDER, with a folder of runs that you may read',
      cause: error,
    });
  }
}

function reasonOf(root: string, error: unknown, why: string): string {
  const stat = isErrno(error, ['ENOTDIR', 'EACCES', 'EPERM']) ? lstatOf(root) : undefined;
  if (stat === undefined) return why;
  return stat.isFile() ? 'that is a file, and no folder' : `${why}; it is ${ownerWords(stat)}`;
}

function lstatOf(path: string) {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined; // the folder above it is closed too
  }
}
