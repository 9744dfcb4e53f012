// SPDX-License-Identifier: GPL-2.0-only
/** Finds a folder that lies on a shelf of its own: by its path, its id, or a unique beginning of that. */
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { isRunId, RUN_FILES } from './layout.ts';
import { type Shelf, shelfRoot } from './shelf.ts';

/** Whether a folder is one of this shelf, and no run. */
export function isOfShelf(folder: string, { head }: Shelf): boolean {
  return existsSync(join(folder, head)) && !existsSync(join(folder, RUN_FILES.header));
}

/** null = it is none: a run, or nothing at all. `root` is the folder of runs. */
export function findOnShelf(argument: string, root: string, shelf: Shelf): string | null {
  if (argument.includes('/') || argument.includes(sep) || argument === '.' || argument === '..') {
    const folder = resolve(argument);
    return isOfShelf(folder, shelf) ? folder : null;
  }
  const folders = shelfRoot(root, shelf);
  const ids = listIds(folders, shelf).filter((id) => id.startsWith(argument));
  const [id, second] = ids.includes(argument) ? [argument] : ids;
  return argument === '' || id === undefined || second !== undefined ? null : join(folders, id);
}

function listIds(folders: string, shelf: Shelf): string[] {
  try {
    return readdirSync(folders).filter((name) => isRunId(name) && isOfShelf(join(folders, name), shelf));
  } catch {
    return []; // there is none yet
  }
}
