// SPDX-License-Identifier: GPL-2.0-only
/** The database of an index: opened, checked, and made anew where it is damaged or of another version. */
import sqlite from 'node-sqlite3-wasm';
import { removeDatabase } from './index-place.ts';
import { INDEX_SQL, INDEX_VERSION } from './table.ts';

export type IndexDatabase = InstanceType<typeof sqlite.Database>;

export type Statement = ReturnType<IndexDatabase['prepare']>;

export interface OpenedDatabase {
  readonly database: IndexDatabase;
  /** Why what was there is not used; null = it is used, or there was nothing. */
  readonly rebuilt: string | null;
}

/** null = in memory. A damaged file is deleted: the folders are the truth. Throws what SQLite throws where even a new one fails. */
export function openDatabase(file: string | null, { anew }: { readonly anew: boolean }): OpenedDatabase {
  if (file === null) return { database: create(':memory:'), rebuilt: null };
  if (anew) removeDatabase(file);
  let database: IndexDatabase | null = null;
  let rebuilt: string;
  try {
    database = open(file);
    const fault = faultOf(database);
    if (fault === null) return { database, rebuilt: null };
    rebuilt = fault;
  } catch (error) {
    rebuilt = error instanceof Error ? error.message : 'it cannot be opened';
  }
  close(database);
  const fresh = rebuilt === EMPTY;
  removeDatabase(file);
  return { database: create(file), rebuilt: fresh ? null : rebuilt };
}

/** Of SQLite itself: the file, not what was asked of it, is at fault. */
export function isDatabaseError(error: unknown): boolean {
  return error instanceof sqlite.SQLite3Error;
}

function close(database: IndexDatabase | null): void {
  try {
    database?.close();
  } catch {
    // A database that is damaged may refuse; its file is deleted or checked at the next start.
  }
}

const EMPTY = 'it is empty';

function faultOf(database: IndexDatabase): string | null {
  const version = Number(database.get('PRAGMA user_version')?.user_version);
  const sql = database
    .all('SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rootpage')
    .map((row) => row.sql);
  if (version === 0 && sql.length === 0) return EMPTY;
  if (version !== INDEX_VERSION) return `it is of version ${version}, this hoplab's is ${INDEX_VERSION}`;
  // A file from elsewhere may hold triggers or views in place of the table.
  if (JSON.stringify(sql) !== JSON.stringify(INDEX_SQL)) return 'it holds another table';
  const check = database.get('PRAGMA quick_check')?.quick_check;
  return check === 'ok' ? null : 'it is damaged';
}

function create(file: string): IndexDatabase {
  const database = open(file);
  database.exec(INDEX_SQL.join(';'));
  database.exec(`PRAGMA user_version = ${INDEX_VERSION}`);
  return database;
}

function open(file: string): IndexDatabase {
  const database = new sqlite.Database(file);
  // One process owns the file (index-place), so that its lock may be kept; the cache holds all of 10,000 runs. A power cut may
  // damage it, which is noticed at the next start.
  database.exec(
    'PRAGMA trusted_schema = OFF; PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY',
  );
  return database;
}
