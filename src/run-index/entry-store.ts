// SPDX-License-Identifier: GPL-2.0-only
/** The entries in their database: put, removed, selected, counted. What of it never changes between two pages is kept. */
import type { IndexedRun } from '../experiments/indexed-run.ts';
import type { Shelf } from '../run-store/shelf.ts';
import type { IndexDatabase, Statement } from './index-database.ts';
import { type RunFilter, whereOf } from './run-filter.ts';
import { fromRow, INSERT_ENTRY, INSERT_RUN, toEntry, toRow } from './table.ts';

/** Every name that a filter can be set to. */
export interface RunNames {
  readonly paths: readonly string[];
  readonly probes: readonly string[];
  readonly labels: readonly string[];
}

/** An entry with what its folder was like when it was read. */
export interface StoredEntry {
  readonly id: string;
  readonly shelf: Shelf;
  readonly stamp: string;
  readonly run: IndexedRun;
}

type NameSets = Readonly<Record<keyof RunNames, Set<string>>>;

const MOST_TOTALS = 64;
const SELECT = 'SELECT id, shelf, stamp, entry FROM';
const JOIN = 'JOIN entries USING (id, shelf) ORDER BY started DESC, id DESC';

export class EntryStore {
  readonly #database: IndexDatabase;
  readonly #statements: { readonly known: Statement; readonly putRun: Statement; readonly putEntry: Statement };
  /** The ids that have an entry. */
  readonly #ids: ReadonlyMap<Shelf, Set<string>>;
  readonly #totals = new Map<string, number>();
  /** Grows alone: a name that no run has any more does no harm in a filter. */
  #names: NameSets | null = null;

  constructor(database: IndexDatabase, shelves: readonly Shelf[]) {
    this.#database = database;
    this.#statements = {
      known: database.prepare(`${SELECT} runs JOIN entries USING (id, shelf) WHERE id = ? AND shelf = ?`),
      putRun: database.prepare(INSERT_RUN),
      putEntry: database.prepare(INSERT_ENTRY),
    };
    this.#ids = new Map(shelves.map((shelf) => [shelf, new Set(this.stamps(shelf).keys())]));
  }

  ids(shelf: Shelf): ReadonlySet<string> {
    return this.#idsOf(shelf);
  }

  stamps(shelf: Shelf): ReadonlyMap<string, string> {
    const rows = this.#database.all('SELECT id, stamp FROM runs WHERE shelf = ?', [shelf.name]);
    return new Map(rows.map(({ id, stamp }) => [String(id), String(stamp)]));
  }

  select(filter: RunFilter, offset: number, limit: number): StoredEntry[] {
    const { sql, values } = whereOf(filter);
    const page = `SELECT id, shelf, stamp, started FROM runs${sql} ORDER BY started DESC, id DESC LIMIT ? OFFSET ?`;
    return this.#database.all(`${SELECT} (${page}) ${JOIN}`, [...values, limit, offset]).flatMap((row) => {
      const shelf = [...this.#ids.keys()].find(({ name }) => name === row.shelf);
      return shelf === undefined
        ? []
        : [{ id: String(row.id), shelf, stamp: String(row.stamp), run: fromRow(row.entry) }];
    });
  }

  /** How many match. Counted once for as long as nothing changes: every page of a list asks for it. */
  total(filter: RunFilter): number {
    const { sql, values } = whereOf(filter);
    if (sql === '') return [...this.#ids.values()].reduce((sum, { size }) => sum + size, 0);
    const key = JSON.stringify([sql, values]);
    const known = this.#totals.get(key);
    if (known !== undefined) return known;
    const total = Number(this.#database.get(`SELECT count(*) AS total FROM runs${sql}`, [...values])?.total);
    if (this.#totals.size >= MOST_TOTALS) this.#totals.clear();
    this.#totals.set(key, total);
    return total;
  }

  /** Ids of the runs under way, the newest first. */
  running(): string[] {
    const rows = this.#database.all("SELECT id FROM runs WHERE state = 'running' ORDER BY started DESC, id DESC");
    return rows.map(({ id }) => String(id));
  }

  names(): RunNames {
    this.#names ??= {
      paths: this.#distinct('paths'),
      probes: this.#distinct('probes'),
      labels: this.#distinct('label'),
    };
    const sorted = (names: ReadonlySet<string>): string[] => [...names].sort();
    const { paths, probes, labels } = this.#names;
    return { paths: sorted(paths), probes: sorted(probes), labels: sorted(labels) };
  }

  put(run: IndexedRun, shelf: Shelf, stamp: string): void {
    const entry = toEntry(run, shelf);
    const known = this.#statements.known.get(entry.slice(0, 2));
    const same = known?.entry === entry[2];
    if (same && known?.stamp === stamp) return;
    this.#statements.putRun.run(toRow(run, shelf, stamp));
    this.#statements.putEntry.run(entry);
    if (!same) this.#noteChange(run, shelf);
  }

  remove(shelf: Shelf, id: string): void {
    if (!this.#idsOf(shelf).delete(id)) return;
    this.#totals.clear();
    for (const table of ['runs', 'entries'])
      this.#database.run(`DELETE FROM ${table} WHERE id = ? AND shelf = ?`, [id, shelf.name]);
  }

  inTransaction(work: () => void): void {
    this.#database.exec('BEGIN');
    try {
      work();
      this.#database.exec('COMMIT');
    } catch (error) {
      if (this.#database.inTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  /** A statement that failed says so once more when it is finalized, and a damaged database may refuse to close. */
  close(): void {
    const ends = [
      ...Object.values(this.#statements).map((each) => () => each.finalize()),
      () => this.#database.close(),
    ];
    for (const end of ends) {
      try {
        end();
      } catch {
        // Its file is checked at the next start.
      }
    }
  }

  #noteChange(run: IndexedRun, shelf: Shelf): void {
    this.#totals.clear();
    this.#idsOf(shelf).add(run.id);
    for (const name of run.paths) this.#names?.paths.add(name);
    for (const name of run.probes) this.#names?.probes.add(name);
    if (run.label !== null) this.#names?.labels.add(run.label);
  }

  #idsOf(shelf: Shelf): Set<string> {
    const ids = this.#ids.get(shelf);
    if (ids === undefined) throw new Error(`the index has no shelf ${shelf.name}`);
    return ids;
  }

  #distinct(column: 'paths' | 'probes' | 'label'): Set<string> {
    const rows = this.#database.all(`SELECT DISTINCT ${column} AS names FROM runs LIMIT 2000`);
    const all = rows.flatMap(({ names }) => String(names ?? '').split('\n'));
    return new Set(all.filter((name) => name !== ''));
  }
}
