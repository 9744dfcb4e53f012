/** The entries in their database: put, removed, selected, counted. What of it never changes between two pages is kept. */
import type { IndexDatabase, Statement } from './index-database.ts';
import type { IndexedRun } from './indexed-run.ts';
import { type RunFilter, whereOf } from './run-filter.ts';
import { type EntryFolder, folderOf, fromRow, INSERT_ENTRY, INSERT_RUN, toEntry, toRow } from './table.ts';

/** Every name that a filter can be set to. */
export interface RunNames {
  readonly paths: readonly string[];
  readonly probes: readonly string[];
  readonly labels: readonly string[];
}

/** An entry with what its folder was like when it was read. */
export interface StoredEntry {
  readonly id: string;
  readonly folder: EntryFolder;
  readonly stamp: string;
  readonly run: IndexedRun;
}

type NameSets = Readonly<Record<keyof RunNames, Set<string>>>;

const MOST_TOTALS = 64;
const SELECT = 'SELECT id, folder, stamp, entry FROM';
const JOIN = 'JOIN entries USING (id, folder) ORDER BY started DESC, id DESC';

export class EntryStore {
  readonly #database: IndexDatabase;
  readonly #statements: { readonly known: Statement; readonly putRun: Statement; readonly putEntry: Statement };
  /** The ids that have an entry. */
  readonly #ids: Readonly<Record<EntryFolder, Set<string>>>;
  readonly #totals = new Map<string, number>();
  /** Grows alone: a name that no run has any more does no harm in a filter. */
  #names: NameSets | null = null;

  constructor(database: IndexDatabase) {
    this.#database = database;
    this.#statements = {
      known: database.prepare(`${SELECT} runs JOIN entries USING (id, folder) WHERE id = ? AND folder = ?`),
      putRun: database.prepare(INSERT_RUN),
      putEntry: database.prepare(INSERT_ENTRY),
    };
    const ids = (folder: EntryFolder) => new Set(this.stamps(folder).keys());
    this.#ids = { run: ids('run'), diagnosis: ids('diagnosis') };
  }

  /** Of a kind of folder. */
  ids(folder: EntryFolder): ReadonlySet<string> {
    return this.#ids[folder];
  }

  stamps(folder: EntryFolder): ReadonlyMap<string, string> {
    const rows = this.#database.all('SELECT id, stamp FROM runs WHERE folder = ?', [folder]);
    return new Map(rows.map(({ id, stamp }) => [String(id), String(stamp)]));
  }

  select(filter: RunFilter, offset: number, limit: number): StoredEntry[] {
    const { sql, values } = whereOf(filter);
    const page = `SELECT id, folder, stamp, started FROM runs${sql} ORDER BY started DESC, id DESC LIMIT ? OFFSET ?`;
    return this.#database.all(`${SELECT} (${page}) ${JOIN}`, [...values, limit, offset]).map((row) => ({
      id: String(row.id),
      folder: row.folder === 'diagnosis' ? 'diagnosis' : 'run',
      stamp: String(row.stamp),
      run: fromRow(row.entry),
    }));
  }

  /** How many match. Counted once for as long as nothing changes: every page of a list asks for it. */
  total(filter: RunFilter): number {
    const { sql, values } = whereOf(filter);
    if (sql === '') return this.#ids.run.size + this.#ids.diagnosis.size;
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

  put(run: IndexedRun, stamp: string): void {
    const entry = toEntry(run);
    const known = this.#statements.known.get(entry.slice(0, 2));
    const same = known?.entry === entry[2];
    if (same && known?.stamp === stamp) return;
    this.#statements.putRun.run(toRow(run, stamp));
    this.#statements.putEntry.run(entry);
    if (!same) this.#noteChange(run);
  }

  remove(folder: EntryFolder, id: string): void {
    if (!this.#ids[folder].delete(id)) return;
    this.#totals.clear();
    for (const table of ['runs', 'entries'])
      this.#database.run(`DELETE FROM ${table} WHERE id = ? AND folder = ?`, [id, folder]);
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

  #noteChange(run: IndexedRun): void {
    this.#totals.clear();
    this.#ids[folderOf(run)].add(run.id);
    for (const name of run.paths) this.#names?.paths.add(name);
    for (const name of run.probes) this.#names?.probes.add(name);
    if (run.label !== null) this.#names?.labels.add(run.label);
  }

  #distinct(column: 'paths' | 'probes' | 'label'): Set<string> {
    const rows = this.#database.all(`SELECT DISTINCT ${column} AS names FROM runs LIMIT 2000`);
    const all = rows.flatMap(({ names }) => String(names ?? '').split('\n'));
    return new Set(all.filter((name) => name !== ''));
  }
}
