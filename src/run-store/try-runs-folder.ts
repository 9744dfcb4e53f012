// SPDX-License-Identifier: GPL-2.0-only
/** Tries whether a run could be written, by making a folder where the first one of it would be made. */

import { lstatSync } from 'node:fs';
import { mkdtemp, rmdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type Attempt, done, notDone } from '../model/attempt.ts';
import { isErrno } from '../model/errno.ts';
import { ownerWords } from './owner-words.ts';
import { refusalWords } from './write-failure.ts';

/** What was tried stands in the value and in the refusal; nothing of it is left. */
export async function tryRunsFolder(root: string): Promise<Attempt<{ readonly folder: string }>> {
  try {
    const folder = nearest(resolve(root));
    await rmdir(await mkdtemp(join(folder, '.hoplab-doctor-')));
    return done({ folder });
  } catch (error) {
    const why = refusalWords(error);
    if (why === null) throw error;
    return notDone(`${root}: ${why}${isErrno(error, ['EACCES', 'EPERM']) ? `; ${whose(resolve(root))}` : ''}`);
  }
}

/** That itself, or the one above it that is there: a link counts wherever it leads, as it does for mkdir. */
function nearest(folder: string): string {
  return lstatSync(folder, { throwIfNoEntry: false }) === undefined ? nearest(dirname(folder)) : folder;
}

function whose(folder: string): string {
  try {
    const there = nearest(folder);
    return `${there} is ${ownerWords(lstatSync(there))}`;
  } catch {
    return whose(dirname(folder)); // closed to this user
  }
}
