// SPDX-License-Identifier: GPL-2.0-only
/** Which kind of work a folder holds, and which folder a user means. */
import { HoplabError } from '../model/errors.ts';
import { findOnShelf, isOfShelf } from '../run-store/find-on-shelf.ts';
import { readHeadKind } from '../run-store/head-kind.ts';
import { resolveRun } from '../run-store/list-runs.ts';
import { RUNS, type Shelf } from '../run-store/shelf.ts';
import { plainText } from '../words/plain-text.ts';
import type { Experiment } from './experiment.ts';
import { experiments as known } from './index.ts';

/** The shelves of some kinds, each once. */
export function shelvesOf(experiments: readonly Experiment[]): Shelf[] {
  return [...new Set(experiments.map(({ shelf }) => shelf))];
}

/** null: this hoplab has no such kind. */
export function experimentNamed(name: string, experiments: readonly Experiment[] = known): Experiment | null {
  return experiments.find((each) => each.name === name) ?? null;
}

/** The kind on a shelf that a folder is of. A head that cannot be read is that of a run. null: of one that is not known. */
export function experimentOnShelf(
  folder: string,
  shelf: Shelf,
  experiments: readonly Experiment[] = known,
): Experiment | null {
  const there = experiments.filter((each) => each.shelf === shelf);
  return experimentNamed(shelf === RUNS ? (readHeadKind(folder) ?? 'run') : (there[0]?.name ?? ''), there);
}

/** Throws RUN_TOO_NEW where this hoplab has no such kind. */
export function experimentOf(folder: string, experiments: readonly Experiment[] = known): Experiment {
  const shelf = shelvesOf(experiments).find((each) => each !== RUNS && isOfShelf(folder, each)) ?? RUNS;
  const found = experimentOnShelf(folder, shelf, experiments);
  if (found !== null) return found;
  throw new HoplabError({
    code: 'RUN_TOO_NEW',
    message: `read the run folder ${folder}: it is a "${plainText(readHeadKind(folder) ?? '', 40)}", and this hoplab knows ${experiments.map(({ name }) => name).join(', ')}`,
    hint: 'update hoplab, or read it with the hoplab that wrote it',
  });
}

/** Of a word on the command line: a path, an id, its beginning, a label, "latest". Throws RUN_NOT_FOUND. */
export async function findRecorded(
  word: string,
  root: string,
  experiments: readonly Experiment[] = known,
): Promise<string> {
  return findBesideRuns(word, root, experiments) ?? resolveRun(word, root);
}

/** On the shelves of work that does not lie among the runs; null = there is none. */
export function findBesideRuns(word: string, root: string, experiments: readonly Experiment[] = known): string | null {
  for (const shelf of shelvesOf(experiments)) {
    const folder = shelf === RUNS ? null : findOnShelf(word, root, shelf);
    if (folder !== null) return folder;
  }
  return null;
}
