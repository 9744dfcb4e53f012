// SPDX-License-Identifier: GPL-2.0-only
/** Where an index lies, and who owns it: one process a file, because the embedded database's own lock outlives a SIGKILL. */

import { createHash } from 'node:crypto';
import { accessSync, constants, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Attempt, done, notDone } from '../model/attempt.ts';
import { errnoOf, isErrno } from '../model/errno.ts';
import { ownerSchema, type RunOwner } from '../model/run-header.ts';
import { currentOwner, isAlive } from '../run-store/run-owner.ts';

const NAME = '.index.sqlite';

/** A file that this process owns until it releases it, or null: the index then lives in memory. */
export interface IndexPlace {
  readonly file: string | null;
  /** Why not beside the runs: for the page that tells about the server; null where it is. */
  readonly why: string | null;
  release(): void;
}

/**
 * Beside the runs where the folder is this user's and may be written, else in the cache; in memory where another process that
 * lives has that file, or nothing can be written. Whoever owns the folder could put links there, which is why it must be this user's.
 */
export function takePlace(root: string, cacheFolder: string): IndexPlace {
  const refusals: string[] = [];
  const beside = refusalOf(root);
  if (beside === null) {
    const taken = take(join(root, NAME));
    if (taken.ok) return { ...taken.value, why: null };
    refusals.push(taken.why);
  } else refusals.push(beside);
  const folder = join(cacheFolder, 'index');
  const taken = take(join(folder, `${createHash('sha256').update(root).digest('hex').slice(0, 32)}.sqlite`), folder);
  if (taken.ok) return { ...taken.value, why: refusals.join('; ') };
  return { file: null, why: [...refusals, taken.why].join('; '), release: () => undefined };
}

/** Everything that belongs to a database file, so that it can be made anew. */
export function removeDatabase(file: string): void {
  for (const suffix of ['', '-journal', '-wal', '.lock']) rmSync(`${file}${suffix}`, { recursive: true, force: true });
}

function refusalOf(root: string): string | null {
  const folder = lstatSync(root, { throwIfNoEntry: false });
  if (folder === undefined) return 'there is no folder of runs yet';
  if (!folder.isDirectory()) return 'the folder of runs is a link';
  const uid = process.getuid?.();
  if (uid !== undefined && folder.uid !== uid) return 'the folder of runs is of another user';
  try {
    accessSync(root, constants.W_OK);
    return null;
  } catch {
    return 'the folder of runs may not be written';
  }
}

function take(file: string, folder?: string): Attempt<Omit<IndexPlace, 'why'>> {
  const owner = `${file}.owner`;
  try {
    if (folder !== undefined) mkdirSync(folder, { recursive: true, mode: 0o700 });
    const there = lstatSync(file, { throwIfNoEntry: false });
    if (there !== undefined && !there.isFile()) removeDatabase(file);
    if (!claim(owner)) return notDone(`another hoplab serve uses ${file}`);
    // Ours now: a lock that is there is that of a process that was killed.
    rmSync(`${file}.lock`, { recursive: true, force: true });
    return done({ file, release: () => rmSync(owner, { force: true }) });
  } catch (error) {
    return notDone(`${file}: ${errnoOf(error) ?? 'cannot be written'}`);
  }
}

/** False: a process that lives has it. */
function claim(path: string): boolean {
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      writeFileSync(path, JSON.stringify(currentOwner()), { flag: 'wx', mode: 0o600 });
      return true;
    } catch (error) {
      if (!isErrno(error, ['EEXIST'])) throw error;
    }
    const other = readOwner(path);
    if (other !== null && isAlive(other)) return false;
    dropDead(path, other);
  }
  return false;
}

/** Renamed away first: of two that find the same dead owner only one drops it, and a new owner's file is put back. */
function dropDead(path: string, dead: RunOwner | null): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (isErrno(error, ['ENOENT'])) return;
    throw error;
  }
  const moved = readOwner(aside);
  if (moved !== null && JSON.stringify(moved) !== JSON.stringify(dead)) renameSync(aside, path);
  else rmSync(aside, { recursive: true, force: true });
}

function readOwner(path: string): RunOwner | null {
  try {
    return ownerSchema.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data ?? null;
  } catch {
    return null; // gone, or cut: nobody that could be alive
  }
}
