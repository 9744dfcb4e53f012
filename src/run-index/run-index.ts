/** The index over a folder of runs: what lists and filters read. The folders are the truth, and it follows them. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isRunId } from '../run-store/layout.ts';
import { close, type IndexDatabase, openDatabase } from './index-database.ts';
import { takePlace } from './index-place.ts';
import type { IndexedRun } from './indexed-run.ts';
import { DIAGNOSES, entryPath, readIndexed, stampOf } from './read-indexed.ts';
import { type RunFilter, whereOf } from './run-filter.ts';
import { type EntryFolder, fromRow, INSERT_ENTRY, INSERT_RUN, toEntry, toRow } from './table.ts';

export interface IndexOptions {
  /** The folder of runs; it need not exist yet. */
  readonly root: string;
  /** For the index of a folder that cannot hold it. */
  readonly cacheFolder: string;
  /** True: what is there is thrown away. */
  readonly anew: boolean;
}

export interface RunPage {
  readonly runs: readonly IndexedRun[];
  /** That match, over all pages. */
  readonly total: number;
}

/** Every name that a filter can be set to. */
export interface RunNames {
  readonly paths: readonly string[];
  readonly probes: readonly string[];
  readonly labels: readonly string[];
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

const FOLDERS: readonly EntryFolder[] = ['run', 'diagnosis'];
const SELECT = 'SELECT id, folder, stamp, entry FROM';
const JOIN = 'JOIN entries USING (id, folder) ORDER BY started DESC, id DESC';
const MOST_TOTALS = 64;
/** Folders read in one turn of the event loop: pages are answered in between. */
const BATCH = 32;

export class RunIndex {
  readonly #root: string;
  readonly #database: IndexDatabase;
  readonly #state: Omit<IndexState, 'pending'>;
  readonly #release: () => void;
  /** Of both folders as they were last listed: a name more or less changes it. */
  readonly #listed = new Map<EntryFolder, string>();
  readonly #totals = new Map<string, number>();
  #names: RunNames | null = null;
  #queue: { readonly folder: EntryFolder; readonly name: string; readonly stamp: string | null }[] = [];
  #filling: Promise<void> | null = null;
  #closed = false;

  constructor({ root, cacheFolder, anew }: IndexOptions) {
    const place = takePlace(root, cacheFolder);
    this.#root = root;
    this.#release = place.release;
    const { database, rebuilt } = openDatabase(place.file, { anew });
    this.#database = database;
    this.#state = { file: place.file, why: place.why, rebuilt };
    // Runs may have changed while nobody looked.
    for (const folder of FOLDERS) this.#list(folder, 'all');
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
    this.#follow();
    let found = this.#select(filter, offset, limit);
    if (this.#renew(found)) found = this.#select(filter, offset, limit);
    return { runs: found.map(({ entry }) => fromRow(entry)), total: this.#total(filter) };
  }

  /** One entry as its folder is now; null where there is none. */
  get(folder: EntryFolder, id: string): IndexedRun | null {
    const read = readIndexed(this.#root, folder, id);
    if (read !== null) this.#put(read.run, read.stamp);
    return read?.run ?? null;
  }

  /** Every name that a filter can be set to. */
  names(): RunNames {
    this.#names ??= {
      paths: this.#distinct('paths'),
      probes: this.#distinct('probes'),
      labels: this.#distinct('label'),
    };
    return this.#names;
  }

  close(): void {
    this.#closed = true;
    this.#queue = [];
    close(this.#database);
    this.#release();
  }

  #distinct(column: 'paths' | 'probes' | 'label'): string[] {
    const rows = this.#database.all(`SELECT DISTINCT ${column} AS names FROM runs LIMIT 2000`);
    const all = rows.flatMap(({ names }) => String(names ?? '').split('\n'));
    return [...new Set(all)].filter((name) => name !== '').sort();
  }

  /** Counted once for as long as nothing changes: every page of a list asks for it. */
  #total(filter: RunFilter): number {
    const { sql, values } = whereOf(filter);
    const key = JSON.stringify([sql, values]);
    const known = this.#totals.get(key);
    if (known !== undefined) return known;
    const total = Number(this.#database.get(`SELECT count(*) AS total FROM runs${sql}`, [...values])?.total);
    if (this.#totals.size >= MOST_TOTALS) this.#totals.clear();
    this.#totals.set(key, total);
    return total;
  }

  #select(filter: RunFilter, offset: number, limit: number) {
    const { sql, values } = whereOf(filter);
    return this.#database
      .all(
        `${SELECT} (SELECT id, folder, stamp, started FROM runs${sql} ORDER BY started DESC, id DESC LIMIT ? OFFSET ?) ${JOIN}`,
        [...values, limit, offset],
      )
      .map(({ id, folder, stamp, entry }) => ({
        id: String(id),
        folder: folder === 'diagnosis' ? ('diagnosis' as const) : ('run' as const),
        stamp: String(stamp),
        entry,
      }));
  }

  /** Reads again what has changed on disk; whether anything had. */
  #renew(rows: readonly { readonly id: string; readonly folder: EntryFolder; readonly stamp: string }[]): boolean {
    const stale = rows.filter(
      ({ id, folder, stamp }) => stampOf(entryPath(this.#root, folder, id), folder)?.stamp !== stamp,
    );
    for (const { id, folder } of stale) this.#read(folder, id);
    return stale.length > 0;
  }

  /** New and gone folders by the time of the folder that holds them; runs under way by themselves: their process may have died. */
  #follow(): void {
    for (const folder of FOLDERS) {
      if (listingStamp(this.#path(folder)) !== this.#listed.get(folder)) this.#list(folder, 'new');
    }
    for (const { id } of this.#database.all("SELECT id FROM runs WHERE state = 'running'"))
      this.#read('run', String(id));
  }

  #path(folder: EntryFolder): string {
    return folder === 'run' ? this.#root : join(this.#root, DIAGNOSES);
  }

  #list(folder: EntryFolder, which: 'all' | 'new'): void {
    this.#listed.set(folder, listingStamp(this.#path(folder)));
    const names = new Set(folderNames(this.#path(folder)));
    const known = new Map<string, string>();
    for (const { id, stamp } of this.#database.all('SELECT id, stamp FROM runs WHERE folder = ?', [folder]))
      known.set(String(id), String(stamp));
    const gone = [...known.keys()].filter((id) => !names.has(id));
    if (gone.length > 0) this.#inTransaction(() => gone.forEach((id) => void this.#remove(folder, id)));
    const wanted = [...names].filter((name) => which === 'all' || !known.has(name));
    // The newest first: they are on the first page.
    const queue = wanted
      .sort((a, b) => (a < b ? 1 : -1))
      .map((name) => ({ folder, name, stamp: known.get(name) ?? null }));
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
      if (!this.#closed) this.#readAll(this.#queue.splice(0, BATCH));
    }
    this.#filling = null;
  }

  #readAll(
    entries: readonly { readonly folder: EntryFolder; readonly name: string; readonly stamp: string | null }[],
  ): void {
    this.#inTransaction(() => {
      for (const { folder, name, stamp } of entries) {
        if (stamp !== null && stampOf(entryPath(this.#root, folder, name), folder)?.stamp === stamp) continue;
        this.#read(folder, name);
      }
    });
  }

  #read(folder: EntryFolder, id: string): void {
    const read = readIndexed(this.#root, folder, id);
    if (read === null) this.#remove(folder, id);
    else this.#put(read.run, read.stamp);
  }

  #put(run: IndexedRun, stamp: string): void {
    const [entry, row] = [toEntry(run), toRow(run, stamp)];
    const known = this.#database.get(
      'SELECT entry, stamp FROM runs JOIN entries USING (id, folder) WHERE id = ? AND folder = ?',
      entry.slice(0, 2),
    );
    if (known !== null && known.stamp === stamp && known.entry === entry[2]) return;
    if (known === null || known.entry !== entry[2]) this.#changed();
    this.#database.run(INSERT_RUN, row);
    this.#database.run(INSERT_ENTRY, entry);
  }

  #changed(): void {
    this.#totals.clear();
    this.#names = null;
  }

  #remove(folder: EntryFolder, id: string): void {
    this.#changed();
    for (const table of ['runs', 'entries'])
      this.#database.run(`DELETE FROM ${table} WHERE id = ? AND folder = ?`, [id, folder]);
  }

  #inTransaction(work: () => void): void {
    this.#database.exec('BEGIN');
    try {
      work();
      this.#database.exec('COMMIT');
    } catch (error) {
      if (this.#database.inTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
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
