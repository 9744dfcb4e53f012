// SPDX-License-Identifier: GPL-2.0-only
/** `hoplab runs`: the runs of the runs folder, the newest first. */
import type { Command } from 'commander';
import { runsRoot } from '../../run-store/layout.ts';
import type { ListedRun } from '../../run-store/list-runs.ts';
import type { CliContext, CommandModule } from '../command.ts';
import { table } from '../table.ts';

export const command: CommandModule = {
  examples: [
    { line: 'runs', says: 'the runs in $HOPLAB_RUNS or ./runs' },
    { line: 'runs --runs /srv/runs --json', says: 'those of another folder, as JSON' },
  ],
  define(command: Command, context: CliContext) {
    command
      .option('--json', 'print JSON instead of text')
      .option('--runs <DIR>', 'folder of runs, instead of $HOPLAB_RUNS or ./runs')
      .action(async () => {
        const flags = command.opts<{ json?: boolean; runs?: string }>();
        const { listRuns } = await import('../../run-store/list-runs.ts');
        const root = flags.runs ?? runsRoot();
        const runs = await listRuns(root);
        if (flags.json) context.print(`${JSON.stringify({ runs }, null, 2)}\n`);
        else if (runs.length === 0) context.say(`no runs in ${root}; hoplab run makes one`);
        else context.print(table(['run', 'started', 'state', 'command'], runs.map(toRow)));
      });
  },
};

function toRow({ id, startedAt, state, argv, problem }: ListedRun): string[] {
  const started = startedAt === null ? '' : startedAt.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC');
  return [id, started, state, problem ?? ['hoplab', ...argv].join(' ')];
}
