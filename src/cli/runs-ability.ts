// SPDX-License-Identifier: GPL-2.0-only
/** Whether the folder of runs takes a run: tried as `run` does it, for the user who would run it. */
import { tryRunsFolder } from '../run-store/try-runs-folder.ts';
import type { Ability } from '../system/abilities.ts';

/** The name under which doctor lists it. */
export const RUNS_FOLDER = 'folder of runs';

export async function runsFolder(root: string, uid = process.getuid?.()): Promise<Ability> {
  const tried = await tryRunsFolder(root);
  if (tried.ok) return { name: RUNS_FOLDER, state: 'yes', found: `${root} can be written`, hint: '' };
  // Runs are recorded by root, who may where this user may not.
  const open = uid !== 0 && /\((?:EACCES|EPERM)\)/.test(tried.why);
  const elsewhere = 'put runs elsewhere: HOPLAB_RUNS=/other/folder hoplab run';
  const hint = open ? `sudo hoplab doctor tells whether root may; or ${elsewhere}` : elsewhere;
  return { name: RUNS_FOLDER, state: open ? 'open' : 'no', found: tried.why, hint };
}
