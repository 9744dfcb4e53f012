// SPDX-License-Identifier: GPL-2.0-only
/** Which folder of runs is meant where none was named. */
import { readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { ownerBehindSudo } from './write-atomic.ts';

/** For the help of every command that has one. */
export const RUNS_OPTION = [
  '--runs <DIR>',
  'folder of runs, instead of $HOPLAB_RUNS, ./runs where there is one, or your own in ~/.local/share/hoplab',
] as const;

export interface RunsPlace {
  readonly env?: NodeJS.ProcessEnv;
  readonly uid?: number | undefined;
  /** The folder in which the command was called. */
  readonly cwd?: string;
  /** A file in the form of passwd(5). */
  readonly users?: string;
}

/**
 * $HOPLAB_RUNS; else ./runs where there is such a folder; else one folder per user, so that a run is found from anywhere:
 * $XDG_DATA_HOME/hoplab/runs or ~/.local/share/hoplab/runs. With sudo it is that of the user who called it.
 */
export function runsRoot({
  env = process.env,
  uid = process.getuid?.(),
  cwd = process.cwd(),
  users = '/etc/passwd',
}: RunsPlace = {}): string {
  const set = env.HOPLAB_RUNS;
  if (set !== undefined && set !== '') return resolve(cwd, set);
  const here = join(cwd, 'runs');
  if (statSync(here, { throwIfNoEntry: false })?.isDirectory()) return here;
  const data = env.XDG_DATA_HOME;
  // The specification has a relative one ignored.
  if (data !== undefined && isAbsolute(data)) return join(data, 'hoplab', 'runs');
  const caller = ownerBehindSudo(env, uid);
  const home = (caller === null ? null : homeOf(caller.uid, users)) ?? (env.HOME || homedir());
  return join(home, '.local', 'share', 'hoplab', 'runs');
}

/** null: that user is not in the file, as users of a directory service are not. */
function homeOf(uid: number, users: string): string | null {
  try {
    const lines = readFileSync(users, 'utf8').split('\n');
    const fields = lines.map((line) => line.split(':')).find(([, , id]) => id === String(uid));
    const home = fields?.[5];
    return home !== undefined && isAbsolute(home) ? home : null;
  } catch {
    return null; // no such file is no such user
  }
}
