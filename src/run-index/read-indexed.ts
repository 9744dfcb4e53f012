// SPDX-License-Identifier: GPL-2.0-only
/** Reads from a folder what the index keeps of it, and says when that must be read again. */
import type { Experiment } from '../experiments/experiment.ts';
import { experimentOnShelf } from '../experiments/find.ts';
import type { IndexedRun } from '../experiments/indexed-run.ts';
import { runEntry } from '../experiments/run-entry.ts';
import { readHeadKind } from '../run-store/head-kind.ts';
import { isRunId } from '../run-store/layout.ts';
import { type Shelf, shelfPath, stampOf } from '../run-store/shelf.ts';
import { plainText } from '../words/plain-text.ts';

/** A stamp of this kind never equals another one, so that the folder is read again next time. */
const ALWAYS_STALE = '';
/** A file system's clock is coarse: what changed that recently may change again under the same time. */
const RACY_MS = 50;

export interface ReadEntry {
  readonly run: IndexedRun;
  /** Changes with the folder; "" = read it again next time. */
  readonly stamp: string;
}

export interface EntryPlace {
  readonly root: string;
  readonly shelf: Shelf;
  /** Of the folder. */
  readonly name: string;
}

/** null where the folder is gone or is none of ours. Reads at most four small files. */
export function readIndexed({ root, shelf, name }: EntryPlace, experiments: readonly Experiment[]): ReadEntry | null {
  if (!isRunId(name)) return null;
  const path = shelfPath(root, shelf, name);
  const before = stampOf(path, shelf);
  if (before === null) return null;
  const experiment = experimentOnShelf(path, shelf, experiments);
  const run = experiment === null ? strangerEntry(path) : experiment.entry(path);
  return run === null ? null : { run, stamp: before.changedMs > Date.now() - RACY_MS ? ALWAYS_STALE : before.stamp };
}

/** A run folder of a kind that this hoplab has not. */
function strangerEntry(path: string): IndexedRun | null {
  const kind = plainText(readHeadKind(path) ?? '', 40);
  const entry = runEntry(path, { kind, cells: [] });
  return entry === null
    ? null
    : { ...entry, state: 'unreadable', problem: `a "${kind}", which this hoplab does not know` };
}
