// SPDX-License-Identifier: GPL-2.0-only
/** The index over a folder of runs: what lists and filters read. The folders are the truth, and it follows them. */
import { readdirSync, statSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Experiment } from '../experiments/experiment.ts';
import { shelvesOf } from '../experiments/find.ts';
import { experiments as known } from '../experiments/index.ts';
import type { IndexedRun } from '../experiments/indexed-run.ts';
import { reasonOf } from '../model/errors.ts';
import { isRunId } from '../run-store/layout.ts';
import { RUNS, type Shelf, shelfPath, shelfRoot, stampOf } from '../run-store/shelf.ts';
import { EntryStore, type RunNames, type StoredEntry } from './entry-store.ts';
import { isDatabaseError, openDatabase } from './index-database.ts';
import { takePlace } from './index-place.ts';
import { type ReadEntry, readIndexed } from './read-indexed.ts';
import type { RunFilter } from './run-filter.ts';

export interface IndexOptions {
  /** The folder of runs; it need not exist yet. */
  readonly root: string;
  /** For the index of a folder that cannot hold it. */
  readonly cacheFolder: string;
  /** True: what is there is thrown away. */
  readonly anew: boolean;
  /** Kinds of work that it lists; default: all. */
  readonly experiments?: readonly Experiment[];
}

export interface RunPage {
  readonly runs: readonly IndexedRun[];
  /** That match, over all pages. */
  readonly total: number;
}

export interface IndexState {
  /** null = in memory. */
  readonly file: string | null;
  /** Why it is not beside the runs; null where it is. */
  readonly why: string | null;
  /** Why the one that was there was made anew; null = it was not. */
  readonly rebuilt: string | null;
  /** Folders still to be read; 0 = the index is whole. */
  readonly pending: number;
}

interface Queued {
  readonly shelf: Shelf;
  readonly name: string;
  readonly stamp: string | null;
}

/** Folders read in one turn of the event loop: pages are answered in between. */
const BATCH = 32;

export class RunIndex {
  readonly #root: string;
  readonly #release: () => void;
  readonly #experiments: readonly Experiment[];
  readonly #shelves: readonly Shelf[];
  /** Of every shelf as it was last listed: a name more or less changes it. */
  readonly #listed = new Map<Shelf, string>();
  #store: EntryStore;
  #state: Omit<IndexState, 'pending'>;
  #queue: Queued[] = [];
  #filling: Promise<void> | null = null;
  #closed = false;

  constructor({ root, cacheFolder, anew, experiments = known }: IndexOptions) {
    const { file, why, release } = takePlace(root, cacheFolder);
    this.#root = root;
    this.#release = release;
    this.#experiments = experiments;
    this.#shelves = shelvesOf(experiments);
    const { database, rebuilt } = openDatabase(file, { anew });
    this.#store = new EntryStore(database, this.#shelves);
    this.#state = { file, why, rebuilt };
    // Runs may have changed while nobody looked.
    this.#safely(() => this.#listAll());
  }

  get state(): IndexState {
    return { ...this.#state, pending: this.#queue.length };
  }

  /** Resolves when every folder that is known to have changed has been read. */
  async whole(): Promise<void> {
    while (this.#filling !== null) await this.#filling;
  }

  /** A page of what matches, the newest first. Its entries are as their folders are now. */
  page(filter: RunFilter, { offset, limit }: { readonly offset: number; readonly limit: number }): RunPage {
    return this.#safely(() => {
      this.#follow();
      let found = this.#store.select(filter, offset, limit);
      if (this.#renew(found)) found = this.#store.select(filter, offset, limit);
      return { runs: found.map(({ run }) => run), total: this.#store.total(filter) };
    });
  }

  /** One entry as its folder is now; null where there is none. */
  get(shelf: Shelf, id: string): IndexedRun | null {
    const read = this.#readEntry(shelf, id);
    if (read !== null) this.#safely(() => this.#store.put(read.run, shelf, read.stamp));
    return read?.run ?? null;
  }

  names(): RunNames {
    return this.#safely(() => this.#store.names());
  }

  /** Ids of the runs under way, the newest first. */
  running(): string[] {
    return this.#safely(() => {
      this.#follow();
      return this.#store.running();
    });
  }

  close(): void {
    this.#closed = true;
    this.#queue = [];
    this.#store.close();
    this.#release();
  }

  /** A file that fails (a full disk, one that was cut) is given up for memory: the folders are still there. */
  #safely<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!isDatabaseError(error) || this.#state.file === null || this.#closed) throw error;
      this.#store.close();
      this.#store = new EntryStore(openDatabase(null, { anew: false }).database, this.#shelves);
      this.#state = { ...this.#state, file: null, why: `${this.#state.file}: ${reasonOf(error)}` };
      this.#queue = [];
      this.#listAll();
      return work();
    }
  }

  /** Reads again what has changed on disk; whether anything had. */
  #renew(entries: readonly StoredEntry[]): boolean {
    const stale = entries.filter(({ id, shelf, stamp }) => this.#stamp(shelf, id) !== stamp);
    for (const { id, shelf } of stale) this.#read(shelf, id);
    return stale.length > 0;
  }

  /** New and gone folders by the time of the folder that holds them; runs under way by themselves: their process may have died. */
  #follow(): void {
    for (const shelf of this.#shelves) {
      if (listingStamp(shelfRoot(this.#root, shelf)) !== this.#listed.get(shelf)) this.#list(shelf, null);
    }
    for (const id of this.#store.running()) this.#read(RUNS, id);
  }

  #listAll(): void {
    for (const shelf of this.#shelves) this.#list(shelf, this.#store.stamps(shelf));
  }

  /** With stamps every folder is compared with its entry, else the new ones alone are read. */
  #list(shelf: Shelf, stamps: ReadonlyMap<string, string> | null): void {
    const folder = shelfRoot(this.#root, shelf);
    this.#listed.set(shelf, listingStamp(folder));
    const names = new Set(folderNames(folder));
    const listed = this.#store.ids(shelf);
    const gone = [...listed].filter((id) => !names.has(id));
    if (gone.length > 0) this.#store.inTransaction(() => gone.forEach((id) => void this.#store.remove(shelf, id)));
    const wanted = [...names].filter((name) => stamps !== null || !listed.has(name));
    // The newest first: they are on the first page.
    wanted.sort((a, b) => (a < b ? 1 : -1));
    const queue = wanted.map((name) => ({ shelf, name, stamp: stamps?.get(name) ?? null }));
    // A few are read at once, so that a page shows the run that has just begun.
    if (queue.length <= BATCH) {
      this.#readAll(queue);
      return;
    }
    this.#queue.push(...queue);
    this.#filling ??= this.#fill();
  }

  async #fill(): Promise<void> {
    while (this.#queue.length > 0 && !this.#closed) {
      await nextTurn();
      if (!this.#closed) this.#safely(() => this.#readAll(this.#queue.splice(0, BATCH)));
    }
    this.#filling = null;
  }

  #readAll(entries: readonly Queued[]): void {
    if (entries.length === 0) return;
    this.#store.inTransaction(() => {
      for (const { shelf, name, stamp } of entries) {
        if (stamp !== null && this.#stamp(shelf, name) === stamp) continue;
        this.#read(shelf, name);
      }
    });
  }

  #read(shelf: Shelf, id: string): void {
    const read = this.#readEntry(shelf, id);
    if (read === null) this.#store.remove(shelf, id);
    else this.#store.put(read.run, shelf, read.stamp);
  }

  #readEntry(shelf: Shelf, name: string): ReadEntry | null {
    return readIndexed({ root: this.#root, shelf, name }, this.#experiments);
  }

  #stamp(shelf: Shelf, name: string): string | undefined {
    return stampOf(shelfPath(this.#root, shelf, name), shelf)?.stamp;
  }
}

/** Changes when an entry is made or goes; "" where there is no such folder. */
function listingStamp(path: string): string {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (stat === undefined) return '';
  // What has just changed may change again under the same time.
  return Number(stat.mtimeMs) > Date.now() - 50
    ? `${stat.mtimeNs} and counting ${Date.now()}`
    : `${stat.ino}-${stat.mtimeNs}`;
}

function folderNames(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && isRunId(entry.name))
      .map((entry) => entry.name);
  } catch {
    return []; // no folder yet is no run yet
  }
}
