// SPDX-License-Identifier: GPL-2.0-only
/** Finds runs: lists the runs folder, and turns what a user types into one run folder. */
import { existsSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { HoplabError } from '../model/errors.ts';
import type { RunState } from '../model/run-header.ts';
import { plainText } from '../words/plain-text.ts';
import { isRunId, isSafeName, RUN_FILES, RUN_FORMAT } from './layout.ts';
import { readFailure, readJson } from './read-file.ts';
import { isAlive } from './run-owner.ts';
import { noRunIn, runFolderNames } from './runs-folder.ts';
import { headerSchema } from './schemas.ts';

/** "died": it says "running" but its process is gone. "unreadable": see `problem`. */
export type ListedState = RunState | 'died' | 'unreadable';

export interface ListedRun {
  readonly id: string;
  readonly path: string;
  readonly label: string | null;
  /** null for an unreadable one. */
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly state: ListedState;
  readonly argv: readonly string[];
  /** Why it is unreadable; null otherwise. */
  readonly problem: string | null;
}

/** All runs of a folder, the newest first; empty where there is no such folder. Reads each run.json and nothing else. Throws RUNS_UNREADABLE. */
export async function listRuns(root: string): Promise<ListedRun[]> {
  const runs: ListedRun[] = [];
  for (const name of runFolderNames(root)) {
    const run = listRun(root, name);
    if (run !== null) runs.push(run);
  }
  return runs.sort((a, b) => (a.id < b.id ? 1 : -1));
}

/** One folder of a runs folder; null: some other folder. */
export function listRun(root: string, name: string): ListedRun | null {
  const path = join(root, name);
  let raw: unknown;
  try {
    raw = readJson(join(path, RUN_FILES.header));
  } catch (error) {
    return isRunId(name) ? unreadable(name, path, `${RUN_FILES.header}: ${readFailure(error)}`) : null;
  }
  const parsed = headerSchema.safeParse(raw);
  if (!parsed.success) return isRunId(name) ? unreadable(name, path, problemOf(raw)) : null;
  const { label, startedAt, endedAt, state, argv, owner } = parsed.data;
  const died = state === 'running' && owner !== undefined && !isAlive(owner);
  return {
    // The folder's own name is what opens it again, whatever the file says.
    id: name,
    path,
    label: label === null ? null : plainText(label, 40),
    startedAt,
    endedAt,
    state: died ? 'died' : state,
    argv: argv.map((word) => plainText(word)),
    problem: null,
  };
}

function problemOf(raw: unknown): string {
  const format = typeof raw === 'object' && raw !== null && 'format' in raw ? raw.format : null;
  return typeof format === 'number' && format > RUN_FORMAT
    ? `layout version ${format}, newer than this hoplab reads`
    : `${RUN_FILES.header}: not the head of a run`;
}

function unreadable(id: string, path: string, problem: string): ListedRun {
  return { id, path, label: null, startedAt: null, endedAt: null, state: 'unreadable', argv: [], problem };
}

/**
 * The folder that a user means: a path, an id, a unique beginning of one, a label (the newest run that has it), or "latest".
 * Throws RUN_NOT_FOUND and RUNS_UNREADABLE.
 */
export async function resolveRun(argument: string, root: string): Promise<string> {
  if (argument.includes('/') || argument.includes(sep) || argument === '.' || argument === '..') {
    return resolve(argument);
  }
  const runs = await listRuns(root);
  const exact = runs.find((run) => run.id === argument) ?? runs.find((run) => run.label === argument);
  if (exact !== undefined) return exact.path;
  // A run folder of that name right here, in no runs folder.
  const here = resolve(argument);
  if (isSafeName(argument) && existsSync(join(here, RUN_FILES.header))) return here;
  const [newest] = runs;
  if (newest === undefined) throw notFound(noRunIn(root), 'hoplab run, or set HOPLAB_RUNS to where the runs are');
  if (argument === 'latest') return newest.path;
  const matches = argument === '' ? [] : runs.filter((run) => run.id.startsWith(argument));
  const [match, second] = matches;
  if (match !== undefined && second === undefined) return match.path;
  if (match !== undefined) {
    const some = matches.slice(0, 3).map((run) => run.id);
    const others = matches.length > some.length ? ` and ${matches.length - some.length} more` : '';
    throw notFound(
      `${matches.length} runs in ${root} start with ${JSON.stringify(argument)}: ${some.join(', ')}${others}`,
    );
  }
  throw notFound(`no run in ${root} has the id or label ${JSON.stringify(argument)}; the newest is ${newest.id}`);
}

function notFound(message: string, hint = 'hoplab runs'): HoplabError {
  return new HoplabError({ code: 'RUN_NOT_FOUND', message: `find a run: ${message}`, hint });
}
