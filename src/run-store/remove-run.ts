// SPDX-License-Identifier: GPL-2.0-only
/** Takes a run out of a folder of runs. */
import { lstatSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Attempt, done, notDone } from '../model/attempt.ts';
import { reasonOf } from '../model/errors.ts';
import { isRunId, safeName } from './layout.ts';
import { listRun } from './list-runs.ts';

/**
 * Removes the folder of that name and nothing else: a link is left alone, whatever it leads to, and links inside go without
 * what they lead to. Refused, with the reason: a run that is being written, and what cannot be read as a run.
 */
export async function removeRun(root: string, id: string): Promise<Attempt<null>> {
  const path = join(root, safeName(id));
  // Its own state, not that of what a link leads to.
  if (!isRunId(id) || lstatSync(path, { throwIfNoEntry: false })?.isDirectory() !== true)
    return notDone('it is no run folder of this folder of runs');
  const run = listRun(root, id);
  if (run === null || run.state === 'unreadable') return notDone(run?.problem ?? 'it is no run');
  if (run.state === 'running') return notDone('it is being written');
  // Under another name first: a list that is read meanwhile has it whole or not at all.
  const gone = join(root, `.${id}.removed`);
  try {
    await rename(path, gone);
    await rm(gone, { recursive: true });
    return done(null);
  } catch (error) {
    return notDone(reasonOf(error));
  }
}
