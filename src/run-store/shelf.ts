// SPDX-License-Identifier: GPL-2.0-only
/** Where the folders of one kind of recorded work lie in a folder of runs, and by which file each is known. */
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { DIAGNOSES_FOLDER, DIAGNOSIS_FILE } from './diagnosis-folder.ts';
import { RUN_FILES } from './layout.ts';

export interface Shelf {
  /** What an address and an index call it. */
  readonly name: string;
  /** In the folder of runs; "." = that folder itself. */
  readonly folder: string;
  /** The file without which a folder is none of this shelf. */
  readonly head: string;
  /** What lies on it, in a sentence. */
  readonly noun: string;
}

/** Run folders of every kind, side by side: run.json says which. */
export const RUNS: Shelf = { name: 'runs', folder: '.', head: RUN_FILES.header, noun: 'a run' };

export const DIAGNOSES: Shelf = {
  name: 'diagnoses',
  folder: DIAGNOSES_FOLDER,
  head: DIAGNOSIS_FILE,
  noun: 'a diagnosis',
};

/** The folder of a name on a shelf. */
export function shelfPath(root: string, { folder }: Shelf, name: string): string {
  return join(root, folder, name);
}

/** The folder that holds those of a shelf. */
export function shelfRoot(root: string, { folder }: Shelf): string {
  return join(root, folder);
}

export interface FolderStamp {
  readonly stamp: string;
  readonly changedMs: number;
}

/**
 * Changes with a folder. Every file of it is renamed into place, which changes the folder's own times; its head is looked at
 * as well, because a hand may have edited it. null: there is no such folder.
 */
export function stampOf(path: string, { head }: Shelf): FolderStamp | null {
  const own = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  if (own === undefined || !own.isDirectory()) return null;
  const file = lstatSync(join(path, head), { bigint: true, throwIfNoEntry: false });
  const parts = [own.ino, own.mtimeNs, own.ctimeNs, file?.ino ?? 0n, file?.mtimeNs ?? 0n, file?.size ?? 0n];
  const changedMs = Number(own.mtimeMs > (file?.mtimeMs ?? 0n) ? own.mtimeMs : (file?.mtimeMs ?? 0n));
  return { stamp: parts.join('-'), changedMs };
}
