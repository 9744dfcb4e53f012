// SPDX-License-Identifier: GPL-2.0-only
/** What all work that looks and measures nothing has around it: a folder is opened, and its logs are given to the user. */
import { createDiagnosisFolder, type DiagnosisFolder } from '../../run-store/diagnosis-folder.ts';
import { takeMeasuringLock } from '../../system/measuring-lock.ts';

export interface LookRequest {
  readonly runsRoot: string;
  /** Look although a measuring run is under way. Its guest takes CPU time, for want of which a look may fail. */
  readonly force: boolean;
}

/** Runs `work` with a new folder, alone on this machine unless forced. Throws MEASURING_BUSY, DISK_FULL, RUN_NOT_WRITABLE. */
export async function recordLook<T>(
  { runsRoot, force }: LookRequest,
  work: (folder: DiagnosisFolder, startedAt: Date) => Promise<T>,
): Promise<T> {
  await using _lock = force ? null : await takeMeasuringLock();
  const startedAt = new Date();
  const folder = await createDiagnosisFolder(runsRoot, startedAt);
  try {
    return await work(folder, startedAt);
  } finally {
    // Also of a look that failed: its logs are what tells why.
    await folder.giveLogs();
  }
}
