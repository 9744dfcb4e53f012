// SPDX-License-Identifier: GPL-2.0-only
/** Turns what a user types into the sides of a comparison: runs, groups of runs, and paths of them. */

import { existsSync } from 'node:fs';
import type { Experiment } from '../experiments/experiment.ts';
import { findBesideRuns } from '../experiments/find.ts';
import { HoplabError } from '../model/errors.ts';
import { namedPaths } from '../results/run/named-paths.ts';
import { isRunId } from '../run-store/layout.ts';
import { type ListedRun, listRuns, resolveRun } from '../run-store/list-runs.ts';
import { type Run, readRun } from '../run-store/read-run.ts';
import { noRunIn } from '../run-store/runs-folder.ts';
import type { Side } from './compare-runs.ts';
import type { SetAsideRun } from './compare-schema.ts';
import { readBlocks } from './read-blocks.ts';

export interface Selection {
  readonly words: readonly string[];
  /** Words that together are the baseline; empty = the first of `words`. */
  readonly baseline: readonly string[];
  /** A date or a run: from it on is the candidate, what was before it the baseline. */
  readonly since: string | null;
  /** Only runs with this label, where runs are not named one by one. */
  readonly label: string | null;
  /** At most so many of a group's newest runs. */
  readonly last: number | null;
  readonly root: string;
  /** Kinds of work that are known; default: all. */
  readonly experiments?: readonly Experiment[] | undefined;
}

export interface Sides {
  readonly baseline: Side;
  readonly candidates: readonly Side[];
  readonly setAside: readonly SetAsideRun[];
}

/** A side before its runs are read. */
interface Named {
  readonly name: string;
  readonly path: string | null;
  readonly folders: readonly string[];
  /** Runs of it that can be seen from afar to be of no use. */
  readonly setAside: readonly SetAsideRun[];
}

/** Throws USAGE, RUN_NOT_FOUND, and what keeps a side from having a single readable run. */
export async function selectSides(selection: Selection): Promise<Sides> {
  const listed = (await listRuns(selection.root)).reverse();
  const named = await nameSides(selection, listed);
  const { baseline, candidates } = withoutOverlap(named.baseline, named.candidates);
  const read = await Promise.all([baseline, ...candidates].map((side) => readSide(side, selection.experiments)));
  const [first, ...rest] = read.map(({ side }) => side);
  if (first === undefined) throw new Error('a comparison without a baseline');
  for (const side of [first, ...rest]) checkPath(side);
  return { baseline: first, candidates: rest, setAside: read.flatMap(({ setAside }) => setAside) };
}

async function nameSides(
  selection: Selection,
  listed: readonly ListedRun[],
): Promise<{ readonly baseline: Named; readonly candidates: readonly Named[] }> {
  const { words, baseline, since, root } = selection;
  const named = (word: string): Promise<Named> => nameWord(word, selection, listed);
  if (since !== null) {
    if (words.length > 0)
      throw usage(`--since makes the candidate of all runs from then on: ${words[0]} is one too many`);
    const [before, after] = await splitSince(since, selection, listed);
    return { baseline: baseline.length === 0 ? before : await together(baseline, named), candidates: [after] };
  }
  if (baseline.length > 0) {
    const rest = words.length === 0 ? ['latest'] : words;
    return { baseline: await together(baseline, named), candidates: await Promise.all(rest.map(named)) };
  }
  const [first, ...rest] = words;
  if (first === undefined || rest.length === 0) {
    const newest = listed.slice(-2).map(({ id }) => id);
    const example = newest.length === 2 ? newest.join(' ') : 'BEFORE AFTER';
    throw usage(
      `a comparison needs two runs, two paths of one (RUN:tap RUN:macvtap), --baseline or --since; ${listed.length === 0 ? noRunIn(root) : `in ${root} are ${listed.length} runs`}`,
      `hoplab compare ${example}`,
    );
  }
  return { baseline: await named(first), candidates: await Promise.all(rest.map(named)) };
}

/** One side of several words. */
async function together(words: readonly string[], named: (word: string) => Promise<Named>): Promise<Named> {
  const parts = await Promise.all(words.map(named));
  const paths = [...new Set(parts.map(({ path }) => path))];
  if (paths.length > 1) throw usage(`--baseline ${words.join(' --baseline ')}: one side has one path, or all of them`);
  return {
    name: words.join(', '),
    path: paths[0] ?? null,
    folders: [...new Set(parts.flatMap(({ folders }) => folders))],
    setAside: parts.flatMap(({ setAside }) => setAside),
  };
}

/** "RUN", "RUN:path", "RUN,RUN", a label (all its runs), a folder whose name may hold anything. */
async function nameWord(word: string, selection: Selection, listed: readonly ListedRun[]): Promise<Named> {
  const { name, path } = splitPath(word);
  const words = existsSync(name) ? [name] : name.split(',').filter((part) => part !== '');
  if (words.length === 0) throw usage(`${JSON.stringify(word)} names no run`);
  const folders: string[] = [];
  const setAside: SetAsideRun[] = [];
  for (const one of words) {
    const labelled = listed.filter(({ label, id }) => label === one && id !== one);
    if (labelled.length > 0 && !listed.some(({ id }) => id === one)) {
      const { usable, unusable } = apart(newest(labelled, selection.last));
      folders.push(...usable.map((run) => run.path));
      setAside.push(...unusable);
    } else {
      folders.push(await folderOf(one, selection));
    }
  }
  return { name: word, path, folders: [...new Set(folders)], setAside };
}

/** Work that is no run is found as well, so that it is told what it lacks. */
async function folderOf(word: string, { root, experiments }: Selection): Promise<string> {
  try {
    return await resolveRun(word, root);
  } catch (error) {
    const other = findBesideRuns(word, root, experiments);
    if (other === null) throw error;
    return other;
  }
}

/** A folder may have a colon in its name; what lies behind the last one of any other word is a path. */
function splitPath(word: string): { readonly name: string; readonly path: string | null } {
  const colon = word.lastIndexOf(':');
  if (colon <= 0 || existsSync(word)) return { name: word, path: null };
  const path = word.slice(colon + 1);
  if (path === '') throw usage(`${JSON.stringify(word)}: the name of a path belongs behind the colon`);
  return { name: word.slice(0, colon), path };
}

async function splitSince(
  since: string,
  { label, last, root }: Selection,
  listed: readonly ListedRun[],
): Promise<readonly [Named, Named]> {
  const moment = await momentOf(since, root, listed);
  const { usable, unusable } = apart(listed.filter((run) => label === null || run.label === label));
  const started = (run: ListedRun): string => run.startedAt ?? '';
  const what = label === null ? 'runs' : label;
  const side = (runs: readonly ListedRun[], name: string, setAside: readonly SetAsideRun[]): Named => {
    if (runs.length === 0) {
      throw new HoplabError({
        code: 'RUN_NOT_FOUND',
        message: `find runs ${name}: there is none in ${root} (${usable.length} ${what} in all)`,
        hint: 'hoplab runs',
      });
    }
    return { name: `${what} ${name}`, path: null, folders: newest(runs, last).map((run) => run.path), setAside };
  };
  const before = usable.filter((run) => started(run) < moment);
  const after = usable.filter((run) => started(run) >= moment);
  // An id is told from others by its first 20 characters.
  const when = isRunId(since) ? since.slice(0, 20) : since;
  return [side(before, `before ${when}`, unusable), side(after, `since ${when}`, [])];
}

/** An ISO time that orders as text against those of runs. Throws USAGE. */
export async function momentOf(since: string, root: string, listed: readonly ListedRun[]): Promise<string> {
  if (/^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z?)?$/.test(since)) {
    const text = `${since.replace(' ', 'T')}${since.length === 10 || since.endsWith('Z') ? '' : 'Z'}`;
    const time = new Date(text);
    if (!Number.isNaN(time.getTime())) return time.toISOString();
    // Of `trend` as well, whose help is another.
    throw new HoplabError({ code: 'USAGE', message: `--since ${since}: there is no such day or time` });
  }
  const folder = await resolveRun(since, root);
  const run = listed.find(({ path }) => path === folder);
  return run?.startedAt ?? (await readRun(folder)).header.startedAt;
}

/** Runs that a group takes, and those that it leaves out, with the reason. */
export function apart(runs: readonly ListedRun[]): {
  readonly usable: readonly ListedRun[];
  readonly unusable: readonly SetAsideRun[];
} {
  const problem = (run: ListedRun): SetAsideRun | null => {
    if (run.state === 'unreadable')
      return { run: run.id, code: 'RUN_DAMAGED', reason: run.problem ?? 'it cannot be read' };
    if (run.state === 'running') return { run: run.id, code: 'NO_DATA', reason: 'it is still running' };
    return null;
  };
  return {
    usable: runs.filter((run) => problem(run) === null),
    unusable: runs.flatMap((run) => problem(run) ?? []),
  };
}

function newest<T>(runs: readonly T[], last: number | null): readonly T[] {
  return last === null ? runs : runs.slice(-last);
}

/** A run that is a candidate is no baseline: `--baseline nightly latest` takes the nightly runs before the latest. */
function withoutOverlap(baseline: Named, candidates: readonly Named[]) {
  for (const candidate of candidates) {
    const same = sameFolders(baseline.folders, candidate.folders);
    if (!same) continue;
    if (baseline.path !== null && candidate.path !== null && baseline.path !== candidate.path) {
      return { baseline, candidates };
    }
    throw usage(
      `${baseline.name} and ${candidate.name} are the same ${baseline.folders.length === 1 ? 'run' : 'runs'}`,
      'two paths of one run: hoplab compare RUN:tap RUN:macvtap',
    );
  }
  const taken = new Set(candidates.flatMap(({ folders }) => folders));
  const left = baseline.folders.filter((folder) => !taken.has(folder));
  if (left.length === 0) throw usage(`every run of the baseline ${baseline.name} is a candidate as well`);
  return { baseline: { ...baseline, folders: left }, candidates };
}

function sameFolders(a: readonly string[], b: readonly string[]): boolean {
  return [...a].sort().join('\n') === [...b].sort().join('\n');
}

async function readSide(
  { name, path, folders, setAside: before }: Named,
  experiments: readonly Experiment[] | undefined,
): Promise<{
  readonly side: Side;
  readonly setAside: readonly SetAsideRun[];
}> {
  const runs: Run[] = [];
  const setAside: SetAsideRun[] = [...before];
  let last: unknown = null;
  for (const folder of folders) {
    try {
      runs.push(withData(await readBlocks(folder, experiments)));
    } catch (error) {
      if (!(error instanceof HoplabError)) throw error;
      last = error;
      setAside.push({ run: folder.split('/').at(-1) ?? folder, code: error.code, reason: error.message });
    }
  }
  if (runs.length === 0 && last !== null) throw last;
  if (runs.length === 0)
    throw new HoplabError({
      code: 'NO_DATA',
      message: `compare ${name}: no run of it can be used`,
      hint: 'hoplab runs',
    });
  return { side: { name, path, runs }, setAside };
}

function withData(run: Run): Run {
  if (run.blocks.length > 0) return run;
  const damage = run.damage.length === 0 ? '' : `: ${run.damage.slice(0, 2).join('; ')}`;
  throw new HoplabError({
    code: 'NO_DATA',
    message: `compare the run ${run.header.id}: it has no block${damage}`,
    hint: `look into ${run.path}/logs, then hoplab run again`,
  });
}

function checkPath({ name, path, runs }: Side): void {
  if (path === null) return;
  const known = [...new Set(runs.flatMap((run) => namedPaths(run).map((one) => one.name)))];
  if (known.includes(path)) return;
  throw usage(`${name}: no path ${JSON.stringify(path)}; there are ${known.join(', ')}`);
}

/** Throws USAGE where a path is named that no run of the sides has: a typing error must not pass as "nothing to compare". */
export function checkNamedPaths(
  { baseline, candidates }: Pick<Sides, 'baseline' | 'candidates'>,
  option: string,
  names: readonly string[],
): void {
  const runs = [baseline, ...candidates].flatMap((side) => side.runs);
  const known = [...new Set(runs.flatMap((run) => namedPaths(run).map(({ name }) => name)))];
  const stranger = names.find((name) => !known.includes(name));
  if (stranger === undefined) return;
  throw usage(`${option}: no run of these has a path ${JSON.stringify(stranger)}; there are ${known.join(', ')}`);
}

function usage(message: string, hint = 'hoplab compare --help'): HoplabError {
  return new HoplabError({ code: 'USAGE', message: `compare: ${message}`, hint });
}
