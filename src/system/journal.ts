// SPDX-License-Identifier: GPL-2.0-only
/**
 * The write-ahead journal of one lab: who owns it and what of it lives outside its namespaces, on disk before it
 * exists. Whoever finds the journal of a dead owner can take back the rest.
 */
import { mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { HoplabError, reasonOf } from '../model/errors.ts';
import { type Borrowed, isBorrowed } from './give-back.ts';
import { identify, isAlive, type ProcessIdentity } from './process-identity.ts';
import { removeInstances } from './tracefs-instances.ts';

/** /run is a tmpfs: a journal never outlives the boot that its processes belong to. */
export const JOURNAL_ROOT = '/run/hoplab';

/** The folder beside the labs that has the bridges' records. */
export const BRIDGES_FOLDER = 'bridges';

export type JournalEntry =
  | { readonly kind: 'owner'; readonly process: ProcessIdentity; readonly argv: readonly string[] }
  /** The process that holds the lab's namespaces. */
  | { readonly kind: 'holder'; readonly process: ProcessIdentity }
  /** Instances of tracefs that the lab is about to make: they are of the machine, and end with nobody. */
  | { readonly kind: 'tracefs'; readonly instances: readonly string[] }
  /** What a NIC was before the lab takes it, in the order in which it is given back. */
  | { readonly kind: 'borrowed'; readonly nic: string; readonly was: readonly Borrowed[] }
  | { readonly kind: 'given-back'; readonly nic: string }
  /** A temporary folder that is about to be used. */
  | { readonly kind: 'folder'; readonly folder: string };

export class Journal {
  readonly id: string;
  readonly folder: string;
  #instances: readonly string[] = [];
  readonly #borrowed = new Set<string>();

  private constructor(id: string, folder: string) {
    this.id = id;
    this.folder = folder;
  }

  /** Opens the journal of a new lab, owned by this process. */
  static async create(id: string, root: string = JOURNAL_ROOT): Promise<Journal> {
    const folder = join(root, id);
    try {
      await mkdir(root, { recursive: true, mode: 0o755 });
      await mkdir(folder, { mode: 0o700 });
    } catch (error) {
      throw new HoplabError({
        code: 'LAB_FAILED',
        message: `make the lab's journal ${folder}: ${reasonOf(error)}`,
        hint: 'sudo hoplab gc',
        cause: error,
      });
    }
    const journal = new Journal(id, folder);
    const process_ = await identify(process.pid);
    if (process_ === null) throw new Error('this process has no /proc entry');
    await journal.record({ kind: 'owner', process: process_, argv: process.argv.slice(2) });
    return journal;
  }

  /** Appends one entry and waits until it is written. */
  async record(entry: JournalEntry): Promise<void> {
    if (entry.kind === 'tracefs') this.#instances = [...this.#instances, ...entry.instances];
    if (entry.kind === 'borrowed') this.#borrowed.add(entry.nic);
    if (entry.kind === 'given-back') this.#borrowed.delete(entry.nic);
    const file = await open(join(this.folder, 'journal.ndjson'), 'a', 0o600);
    try {
      await file.write(`${JSON.stringify(entry)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
  }

  /** The lab is gone: so is its journal, once nothing is left that it names. */
  async remove(): Promise<void> {
    const { failed } = await removeInstances(this.#instances);
    if (failed !== null)
      throw new HoplabError({
        code: 'LAB_FAILED',
        message: `remove an instance of tracefs: ${failed}`,
        hint: 'sudo hoplab gc tries again',
      });
    if (this.#borrowed.size > 0)
      throw new HoplabError({
        code: 'NIC_REFUSED',
        message: `NIC ${[...this.#borrowed].join(', ')} is not as it was before the lab`,
        hint: 'sudo hoplab gc tries again, by what was written down',
      });
    await rm(this.folder, { recursive: true, force: true });
  }
}

export interface FoundLab {
  readonly id: string;
  readonly folder: string;
  readonly owner: ProcessIdentity | null;
  readonly ownerAlive: boolean;
  readonly argv: readonly string[];
  readonly holder: ProcessIdentity | null;
  readonly holderAlive: boolean;
  /** Instances of tracefs that it made, or was about to. */
  readonly instances: readonly string[];
  /** What is not given back yet of the NICs that it took: the last first. */
  readonly borrowed: readonly Borrowed[];
  /** Temporary folders of ours. */
  readonly folders: readonly string[];
}

/** All labs that have a journal, live or dead. */
export async function findLabs(root: string = JOURNAL_ROOT): Promise<FoundLab[]> {
  const names = await readdir(root).catch((): string[] => []);
  const labs = names.filter((name) => name !== BRIDGES_FOLDER);
  return Promise.all(labs.sort().map((id) => readLab(id, join(root, id))));
}

async function readLab(id: string, folder: string): Promise<FoundLab> {
  const text = await readFile(join(folder, 'journal.ndjson'), 'utf8').catch(() => '');
  const entries = text.split('\n').flatMap(parseEntry);
  const owner = entries.find((entry) => entry.kind === 'owner');
  const holder = entries.find((entry) => entry.kind === 'holder');
  return {
    id,
    folder,
    owner: owner?.process ?? null,
    ownerAlive: owner !== undefined && (await isAlive(owner.process)),
    argv: owner?.argv ?? [],
    holder: holder?.process ?? null,
    holderAlive: holder !== undefined && (await isAlive(holder.process)),
    borrowed: borrowedIn(entries),
    instances: entries.flatMap((entry) => (entry.kind === 'tracefs' ? entry.instances : [])),
    folders: entries.flatMap((entry) => (entry.kind === 'folder' && isTemporary(entry.folder) ? [entry.folder] : [])),
  };
}

function borrowedIn(entries: readonly JournalEntry[]): Borrowed[] {
  const left = new Map<string, readonly Borrowed[]>();
  for (const entry of entries) {
    if (entry.kind === 'borrowed') left.set(entry.nic, entry.was);
    if (entry.kind === 'given-back') left.delete(entry.nic);
  }
  return [...left.values()].reverse().flat();
}

/** The last line may be cut short by the death that the journal is there for: it is skipped. */
function parseEntry(line: string): JournalEntry[] {
  try {
    const value: unknown = JSON.parse(line);
    return isEntry(value) ? [value] : [];
  } catch {
    return [];
  }
}

/** Nothing else is ever removed. */
function isTemporary(folder: string): boolean {
  return dirname(folder) === tmpdir() && basename(folder).startsWith('hoplab-');
}

function isEntry(value: unknown): value is JournalEntry {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false;
  if (value.kind === 'tracefs')
    return (
      'instances' in value && Array.isArray(value.instances) && value.instances.every((one) => typeof one === 'string')
    );
  if (value.kind === 'given-back') return 'nic' in value && typeof value.nic === 'string';
  if (value.kind === 'borrowed')
    return (
      'nic' in value &&
      typeof value.nic === 'string' &&
      'was' in value &&
      Array.isArray(value.was) &&
      value.was.every(isBorrowed)
    );
  if (value.kind === 'folder') return 'folder' in value && typeof value.folder === 'string';
  if (!('process' in value)) return false;
  const { kind, process: identity } = value;
  return (
    (kind === 'owner' || kind === 'holder') &&
    typeof identity === 'object' &&
    identity !== null &&
    'pid' in identity &&
    Number.isInteger(identity.pid)
  );
}
