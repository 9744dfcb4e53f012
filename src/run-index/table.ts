// SPDX-License-Identifier: GPL-2.0-only
/** The index's one table: its SQL, and the way of an entry into a row and back. */
import { type IndexedRun, indexedRunSchema } from '../experiments/indexed-run.ts';
import type { Shelf } from '../run-store/shelf.ts';

/** Grows when the columns change, or what is put into them: an index of another version is made anew. */
export const INDEX_VERSION = 6;

/** One line each, without blanks that SQLite would not keep: an index is only trusted if its schema is letter by letter this one. */
export const INDEX_SQL: readonly string[] = [
  'CREATE TABLE runs (id TEXT NOT NULL, shelf TEXT NOT NULL, kind TEXT NOT NULL, label TEXT, state TEXT NOT NULL, started TEXT NOT NULL, paths TEXT NOT NULL, probes TEXT NOT NULL, words TEXT NOT NULL, stamp TEXT NOT NULL, PRIMARY KEY (id, shelf)) WITHOUT ROWID',
  'CREATE INDEX runs_started ON runs (started, id)',
  'CREATE INDEX runs_state ON runs (state, started, id)',
  'CREATE TABLE entries (id TEXT NOT NULL, shelf TEXT NOT NULL, entry TEXT NOT NULL, PRIMARY KEY (id, shelf)) WITHOUT ROWID',
];

export const INSERT_RUN =
  'INSERT OR REPLACE INTO runs (id, shelf, kind, label, state, started, paths, probes, words, stamp) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)';
/** Apart, because what is shown of fifty must not be read to search thousands. */
export const INSERT_ENTRY = 'INSERT OR REPLACE INTO entries (id, shelf, entry) VALUES (?, ?, ?)';

/** No name holds a newline (plainText), so that a name between two of them is found whole and by itself alone. */
export function asSet(names: readonly string[]): string {
  return `\n${names.map((name) => `${name}\n`).join('')}`;
}

export function toEntry(run: IndexedRun, shelf: Shelf): string[] {
  return [run.id, shelf.name, JSON.stringify(run)];
}

export function toRow(run: IndexedRun, shelf: Shelf, stamp: string): (string | null)[] {
  const { id, kind, label, state, startedAt, paths, probes } = run;
  const sought = [
    id,
    label ?? '',
    kind,
    state,
    ...run.argv,
    ...paths,
    ...probes,
    run.version,
    run.kernel,
    run.hostname,
  ];
  const words = [...sought, run.problem ?? '', run.outcome ?? ''].join('\n').toLowerCase();
  return [id, shelf.name, kind, label, state, startedAt, asSet(paths), asSet(probes), words, stamp];
}

/** Throws where the row is not what this hoplab wrote. */
export function fromRow(entry: unknown): IndexedRun {
  return indexedRunSchema.parse(JSON.parse(String(entry)));
}
