// SPDX-License-Identifier: GPL-2.0-only
/** Gathers what a weekly report is made of: the notebook, the runs, git and mailboxes. */
import { done, notDone } from '../../model/attempt.ts';
import { runsRoot } from '../../run-store/runs-root.ts';
import { run } from '../../system/exec.ts';
import { findTool } from '../../system/find-tool.ts';
import { buildWeekly } from '../../weekly/build-weekly.ts';
import { readFacts } from '../../weekly/facts.ts';
import { type Git, gitReason } from '../../weekly/git-status.ts';
import type { Notebook } from '../../weekly/notebook.ts';
import { patchReport } from '../../weekly/patch-status.ts';
import { readNotebook, readSent } from '../../weekly/read-notebook.ts';
import { dayOf, spanOf } from '../../weekly/week.ts';
import type { WeeklyReport } from '../../weekly/weekly-report.ts';
import type { CliContext } from '../command.ts';
import { notebookFolder } from './weekly-notebook.ts';

/** A walk through a year of a large clone. */
const GIT_TIMEOUT_MS = 300_000;
/** A clone's own configuration must not run anything, and reading must not lock it. */
const GIT = ['git', '--no-pager', '--no-optional-locks', '-c', 'log.showSignature=false', '-c', 'core.fsmonitor=false'];
const FIRST_DAY = '1970-01-01';

export interface WeeklyQuery {
  readonly notebook?: string;
  readonly week?: string;
  readonly ending?: string;
  readonly runs?: string;
}

/** Throws NOTEBOOK_NOT_FOUND, NOTEBOOK_INVALID and USAGE; what else is missing is said in the report. */
export async function weeklyReport(
  query: WeeklyQuery,
  context: CliContext,
): Promise<{ report: WeeklyReport; folder: string }> {
  const folder = notebookFolder(query.notebook);
  const notebook = readNotebook(folder);
  const span = spanOf(query, dayOf(new Date(), notebook.timeZone));
  const { timeZone } = notebook;
  const facts = await readFacts({
    root: query.runs ?? notebook.runs ?? runsRoot(),
    timeZone,
    // A configuration stands as it was last seen, however long ago.
    from: FIRST_DAY,
    to: span.to,
    wanted: wantedRuns(notebook),
  });
  const patches = await patchReport(notebook, span, await gitIn(context.signal));
  return { report: buildWeekly({ notebook, span, sent: readSent(notebook.folder), facts, patches }), folder };
}

function wantedRuns({ cards }: Notebook): Set<string> {
  return new Set(cards.flatMap((card) => [...card.runs, ...card.configurations.flatMap(({ runs }) => runs)]));
}

/** git as the report asks it; where there is none every clone says so. */
async function gitIn(signal: AbortSignal): Promise<Git> {
  if ((await findTool('git')) === null) return async () => notDone('git is not installed');
  return async (folder, args, input) => {
    try {
      const result = await run([...GIT, '-C', folder, ...args], {
        signal,
        timeoutMs: GIT_TIMEOUT_MS,
        allowFailure: true,
        ...(input === undefined ? {} : { input }),
        env: { ...process.env, LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0' },
      });
      if (result.code === 0) return done(result.stdout);
      return notDone(gitReason(result.stderr.trim().split('\n')[0] ?? ''));
    } catch (error) {
      signal.throwIfAborted();
      return notDone(gitReason(error));
    }
  };
}
