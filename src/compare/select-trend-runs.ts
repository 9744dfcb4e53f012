// SPDX-License-Identifier: GPL-2.0-only
/** Reads the runs of a trend: those of a folder, by label, since when, the newest of them. */

import { lackText } from '../experiments/ability.ts';
import type { Experiment } from '../experiments/experiment.ts';
import { experimentOf } from '../experiments/find.ts';
import { HoplabError } from '../model/errors.ts';
import { type ListedRun, listRuns } from '../run-store/list-runs.ts';
import { noRunIn } from '../run-store/runs-folder.ts';
import { readTrendRun, type TrendRun } from './read-trend-run.ts';
import { apart, momentOf } from './select-sides.ts';
import type { TrendSetAside } from './trend-schema.ts';

export interface TrendSelection {
  readonly root: string;
  readonly label: string | null;
  readonly since: string | null;
  readonly last: number | null;
  /** Version of this hoplab: results of another are computed again. */
  readonly version: string;
  readonly signal: AbortSignal;
  /** Kinds of work that are known; default: all. */
  readonly experiments?: readonly Experiment[] | undefined;
}

export interface TrendRuns {
  readonly runs: readonly TrendRun[];
  readonly setAside: readonly TrendSetAside[];
}

/** The oldest first. What cannot be read is set aside with its reason. Throws RUN_NOT_FOUND where no run is meant. */
export async function selectTrendRuns(selection: TrendSelection): Promise<TrendRuns> {
  const { root, label, since, last, version, signal, experiments } = selection;
  const listed = (await listRuns(root)).reverse();
  const from = since === null ? '' : await momentOf(since, root, listed);
  const meant = listed.filter((run) => (label === null || run.label === label) && isSince(run, from));
  const newest = last === null ? meant : meant.slice(-last);
  if (newest.length === 0) throw noRuns(selection, listed);
  const { usable, unusable } = apart(newest);
  const runs: TrendRun[] = [];
  const setAside: TrendSetAside[] = unusable.map(({ run, reason }) => ({ run, reason }));
  for (const { path, id } of usable) {
    signal.throwIfAborted();
    try {
      const { name, figures, lacks } = experimentOf(path, experiments);
      if (figures !== undefined) runs.push(await readTrendRun(path, version, experiments));
      else setAside.push({ run: id, reason: lackText({ kind: name, ...(lacks && { lacks }) }, 'figures') });
    } catch (error) {
      if (!(error instanceof HoplabError)) throw error;
      setAside.push({ run: id, reason: `${error.code}: ${error.message}` });
    }
  }
  return { runs, setAside };
}

/** A run without a readable head has no start, and is listed among those that are left out. */
function isSince({ startedAt }: ListedRun, from: string): boolean {
  return startedAt === null || startedAt >= from;
}

function noRuns({ root, label, since }: TrendSelection, listed: readonly ListedRun[]): HoplabError {
  const what = [label === null ? '' : ` with the label ${label}`, since === null ? '' : ` since ${since}`].join('');
  return new HoplabError({
    code: 'RUN_NOT_FOUND',
    message: `find runs${what} in ${root}: ${listed.length === 0 ? noRunIn(root) : `there is none (${listed.length} in all)`}`,
    hint: listed.length === 0 ? 'hoplab run --label nightly' : 'hoplab runs',
  });
}
