// SPDX-License-Identifier: GPL-2.0-only
/** Which runs of a list `hoplab runs` is about. */
import type { ListedRun } from '../run-store/list-runs.ts';
import { usageError } from './usage.ts';

export interface RunsWanted {
  readonly label?: string;
  readonly last?: number;
  readonly rm?: boolean;
  readonly keep?: number;
}

/** `runs` has the newest first. Throws USAGE where --rm would mean every run, or --keep nothing. */
export function selectRuns(runs: readonly ListedRun[], { label, last, rm, keep }: RunsWanted): readonly ListedRun[] {
  if (keep !== undefined && rm !== true) throw usageError('--keep belongs to --rm: it says how many are not removed');
  if (rm === true && label === undefined && last === undefined && keep === undefined)
    throw usageError(
      '--rm alone would remove every run: say which by --label, --last or --keep',
      'hoplab runs --rm --keep 20',
    );
  const labelled = label === undefined ? runs : runs.filter((run) => run.label === label);
  return labelled.slice(keep ?? 0).slice(0, last);
}
