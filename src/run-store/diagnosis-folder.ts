// SPDX-License-Identifier: GPL-2.0-only
/** The folder of one diagnosis: its report as JSON and text, a pcapng file for each direction that failed, and logs. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { newRunId, safeName } from './layout.ts';
import { giveTo, makeFolders, type Owner, ownerBehindSudo, writeAtomic } from './write-atomic.ts';
import { writeFailure } from './write-failure.ts';

export interface DiagnosisFolder {
  readonly id: string;
  readonly path: string;
  write(name: string, content: string | Uint8Array): Promise<void>;
  logPath(name: string): string;
  /** Logs are written by root's processes; the user behind sudo must be able to remove them. */
  giveLogs(): Promise<void>;
}

/** In the folder of runs. */
export const DIAGNOSES_FOLDER = 'diagnoses';
export const DIAGNOSIS_FILE = 'diagnosis.json';
const LOGS = 'logs';

/** Beside the runs: diagnoses/ID in the folder of runs. Throws DISK_FULL or RUN_NOT_WRITABLE. */
export async function createDiagnosisFolder(runsRoot: string, startedAt: Date): Promise<DiagnosisFolder> {
  const owner: Owner | null = ownerBehindSudo();
  const id = newRunId(startedAt, null);
  const path = join(runsRoot, DIAGNOSES_FOLDER, id);
  const attempt = async (what: string, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      throw writeFailure(error, { folder: path, attempt: what, blocks: null, command: 'hoplab diagnose' });
    }
  };
  await attempt('make a folder', () => makeFolders(join(path, LOGS), owner));
  return {
    id,
    path,
    write: (name, content) => attempt(`write ${name}`, () => writeAtomic(join(path, safeName(name)), content, owner)),
    logPath: (name) => join(path, LOGS, `${safeName(name)}.log`),
    async giveLogs() {
      if (owner === null) return;
      for (const name of await readdir(join(path, LOGS))) await giveTo(join(path, LOGS, name), owner);
    },
  };
}
