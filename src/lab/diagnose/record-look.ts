// SPDX-License-Identifier: GPL-2.0-only
/** What all work that looks and measures nothing has around it: a folder is opened, and its logs are given to the user. */
import type { Progress } from '../../model/progress.ts';
import { createDiagnosisFolder, type DiagnosisFolder } from '../../run-store/diagnosis-folder.ts';
import { holdMachine, type MachineWish } from '../../system/measuring-lock.ts';

/** While a measuring run is under way its guest takes CPU time, for want of which a look may fail. */
export interface LookRequest extends MachineWish {
  readonly runsRoot: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Runs `work` with a new folder, alone on this machine unless forced. Throws MEASURING_BUSY, DISK_FULL, RUN_NOT_WRITABLE. */
export async function recordLook<T>(
  request: LookRequest,
  work: (folder: DiagnosisFolder, startedAt: Date) => Promise<T>,
): Promise<T> {
  const { runsRoot, progress, signal } = request;
  await using _lock = await holdMachine(request, { signal, say: progress.note });
  const startedAt = new Date();
  const folder = await createDiagnosisFolder(runsRoot, startedAt);
  try {
    return await work(folder, startedAt);
  } finally {
    // Also of a look that failed: its logs are what tells why.
    await folder.giveLogs();
  }
}
