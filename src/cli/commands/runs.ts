// SPDX-License-Identifier: GPL-2.0-only
/** `hoplab runs`: the runs of the runs folder, the newest first. */
import type { Command } from 'commander';
import type { ListedRun } from '../../run-store/list-runs.ts';
import { RUNS_OPTION, runsRoot } from '../../run-store/runs-root.ts';
import { type CliContext, type CommandModule, EXIT } from '../command.ts';
import { addOutputOptions, lookOf, type OutputFlags } from '../output.ts';
import { type RunsWanted, selectRuns } from '../select-runs.ts';
import { wholeNumber } from '../usage.ts';

interface RunsFlags extends OutputFlags, RunsWanted {
  readonly runs?: string;
}

export const command: CommandModule = {
  examples: [
    { line: 'runs', says: 'your runs, the newest first' },
    { line: 'runs --label nightly --last 10', says: 'the newest ten with a label' },
    { line: 'runs --label nightly --rm --keep 30', says: 'removes all of them but the newest 30' },
    { line: 'runs --runs /srv/runs --json', says: 'those of another folder, as JSON' },
  ],
  define(command: Command, context: CliContext) {
    addOutputOptions(command)
      .option(...RUNS_OPTION)
      .option('--label <LABEL>', 'runs with this label alone')
      .option('--last <N>', 'the newest N of them', wholeNumber('--last', 1))
      .option('--rm', 'remove them, without a question, and print which; a run that is being written is left')
      .option('--keep <N>', 'of --rm: all but the newest N', wholeNumber('--keep', 0))
      .action(async () => showRuns(command.opts<RunsFlags>(), context));
  },
};

async function showRuns(flags: RunsFlags, context: CliContext): Promise<void> {
  const { noRunIn } = await import('../../run-store/runs-folder.ts');
  const { listRuns } = await import('../../run-store/list-runs.ts');
  const root = flags.runs ?? runsRoot();
  const runs = selectRuns(await listRuns(root), flags);
  if (flags.rm) return removeRuns(root, { runs, json: flags.json === true }, context);
  if (flags.json) context.print(`${JSON.stringify({ runs }, null, 2)}\n`);
  else if (runs.length === 0 && flags.label !== undefined)
    context.say(`no run in ${root} has the label ${flags.label}`);
  else if (runs.length === 0) context.say(`${noRunIn(root)}; hoplab run makes one`);
  else {
    const { runsTable } = await import('../show/runs-table.ts');
    context.print(runsTable(runs, lookOf(flags).width));
  }
}

/** What is left although it was meant is told, and by the exit code. */
async function removeRuns(
  root: string,
  { runs, json }: { readonly runs: readonly ListedRun[]; readonly json: boolean },
  context: CliContext,
): Promise<void> {
  const { removeRun } = await import('../../run-store/remove-run.ts');
  const removed: string[] = [];
  const left: { readonly id: string; readonly why: string }[] = [];
  for (const { id } of runs) {
    context.signal.throwIfAborted();
    const outcome = await removeRun(root, id);
    if (!outcome.ok) left.push({ id, why: outcome.why });
    else {
      removed.push(id);
      if (!json) context.print(`removed ${id}\n`);
    }
  }
  if (json) context.print(`${JSON.stringify({ removed, left }, null, 2)}\n`);
  else for (const { id, why } of left) context.say(`left ${id}: ${why}`);
  if (runs.length === 0) context.say(`nothing to remove in ${root}`);
  if (left.length > 0) context.finish(EXIT.failed);
}
