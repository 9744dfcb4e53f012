// SPDX-License-Identifier: GPL-2.0-only
/**
 * Which eBPF bridges there are: a folder each, with a record that is written before anything is done. Whoever finds
 * the record of a dead owner can take the bridge down.
 */

import { existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isErrno } from '../model/errno.ts';
import { HoplabError, reasonOf } from '../model/errors.ts';
import { BRIDGES_FOLDER, JOURNAL_ROOT } from './journal.ts';
import { isAlive, type ProcessIdentity } from './process-identity.ts';

/** /run is a tmpfs: no record outlives the boot. HOPLAB_BRIDGES names another folder, for tests beside bridges in use. */
export function bridgesRoot(): string {
  return process.env.HOPLAB_BRIDGES ?? join(JOURNAL_ROOT, BRIDGES_FOLDER);
}

export interface BridgeRecord {
  readonly name: string;
  /** starting: the owner is at it; up: held by the owner; pinned: held by nobody but its pins. */
  readonly phase: 'starting' | 'up' | 'pinned';
  readonly owner: ProcessIdentity;
  /** The owner's command line. */
  readonly argv: readonly string[];
  readonly startedAt: string;
  readonly ports: readonly string[];
  /** Path of the ports' network namespace; null = the caller's. */
  readonly netns: string | null;
  /** Folder of the pins; null = the owner holds the bridge. */
  readonly pin: string | null;
  /** A bpffs that was mounted for the pins. */
  readonly mount: string | null;
}

export interface FoundBridge {
  readonly name: string;
  readonly folder: string;
  /** null: being made at this moment, or damaged. */
  readonly record: BridgeRecord | null;
  readonly alive: boolean;
}

export const controlSocket = (folder: string): string => join(folder, 'control');

/** Takes a name. Throws BRIDGE_EXISTS. */
export async function createRecord(record: BridgeRecord): Promise<string> {
  const folder = join(bridgesRoot(), record.name);
  try {
    await makeFolder(folder);
  } catch (error) {
    const exists = isErrno(error, ['EEXIST']);
    throw new HoplabError({
      code: exists ? 'BRIDGE_EXISTS' : 'BRIDGE_FAILED',
      message: `bring up bridge ${record.name}: ${exists ? 'there is one of that name' : reasonOf(error)}`,
      hint: exists ? `hoplab bridge down ${record.name}` : `ls -l ${bridgesRoot()}`,
      cause: error,
    });
  }
  await writeRecord(folder, record);
  return folder;
}

async function makeFolder(folder: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    await mkdir(dirname(folder), { recursive: true, mode: 0o755 });
    try {
      await mkdir(folder, { mode: 0o700 });
      return;
    } catch (error) {
      // The last other bridge took the folder of all along between the two.
      if (tries > 2 || !isErrno(error, ['ENOENT'])) throw error;
    }
  }
}

/** Whole or not at all: a reader never sees half a record. */
export async function writeRecord(folder: string, record: BridgeRecord): Promise<void> {
  const path = join(folder, 'record.json');
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    await file.write(`${JSON.stringify(record, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
}

export async function findBridges(): Promise<FoundBridge[]> {
  const names = await readdir(bridgesRoot()).catch((): string[] => []);
  return Promise.all(
    names
      .filter((name) => !name.startsWith('.'))
      .sort()
      .map(findBridge),
  );
}

async function findBridge(name: string): Promise<FoundBridge> {
  const folder = join(bridgesRoot(), name);
  const record = await readRecord(join(folder, 'record.json'));
  return { name, folder, record, alive: record === null ? await isYoung(folder) : await isBridgeAlive(record) };
}

async function isBridgeAlive(record: BridgeRecord): Promise<boolean> {
  if (record.phase === 'pinned') return record.pin !== null && existsSync(record.pin);
  return isAlive(record.owner);
}

async function readRecord(path: string): Promise<BridgeRecord | null> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}

function isRecord(value: unknown): value is BridgeRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { name, phase, owner, argv, ports, netns, pin, mount } = value as Record<string, unknown>;
  return (
    typeof name === 'string' &&
    ['starting', 'up', 'pinned'].includes(String(phase)) &&
    typeof owner === 'object' &&
    owner !== null &&
    Array.isArray(argv) &&
    Array.isArray(ports) &&
    [netns, pin, mount].every((path) => path === null || typeof path === 'string')
  );
}

/** A folder without a record may be one that is being made. */
async function isYoung(folder: string): Promise<boolean> {
  const info = await stat(folder).catch(() => null);
  return info !== null && Date.now() - info.mtimeMs < 5000;
}

/** With the last one the folder of all goes too. */
export async function removeRecord(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await rmdir(dirname(folder)).catch(() => undefined);
}
