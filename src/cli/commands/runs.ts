// SPDX-License-Identifier: GPL-2.0-only
/** `hoplab runs`: the runs of the runs folder, the newest first. */
import type { Command } from 'commander';
import { RUNS_OPTION, runsRoot } from '../../run-store/runs-root.ts';
import type { CliContext, CommandModule } from '../command.ts';
import { addOutputOptions, lookOf, type OutputFlags } from '../output.ts';

export const command: CommandModule = {
  examples: [
    { line: 'runs', says: 'your runs, the newest first' },
    { line: 'runs --runs /srv/runs --json', says: 'those of another folder, as JSON' },
  ],
  define(command: Command, context: CliContext) {
    addOutputOptions(command)
      .option(...RUNS_OPTION)
      .action(async () => {
        const flags = command.opts<OutputFlags & { readonly runs?: string }>();
        const { listRuns } = await import('../../run-store/list-runs.ts');
        const root = flags.runs ?? runsRoot();
        const runs = await listRuns(root);
        if (flags.json) context.print(`${JSON.stringify({ runs }, null, 2)}\n`);
        else if (runs.length === 0) context.say(`no runs in ${root}; hoplab run makes one`);
        else {
          const { runsTable } = await import('../show/runs-table.ts');
          context.print(runsTable(runs, lookOf(flags).width));
        }
      });
  },
};
