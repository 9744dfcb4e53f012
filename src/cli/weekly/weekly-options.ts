// SPDX-License-Identifier: GPL-2.0-only
/** Options that the commands of the weekly report share. */
import type { Command } from 'commander';

export function addReports(command: Command): Command {
  return command.option('--reports <DIR>', 'the folder of reports, instead of $HOPLAB_REPORTS or ./reports');
}

/** Which week, and where the runs are. */
export function addWeek(command: Command): Command {
  return addReports(command)
    .option('--week <WEEK>', 'a week of ISO 8601, as 2026-W47, or last; the current one by default')
    .option('--ending <DAY>', 'the week that ends on this day, as 2026-11-27')
    .option('--runs <DIR>', 'folder of runs, instead of that of weekly.yaml, else as of every command');
}

/** Of what makes a draft. */
export function addForce(command: Command): Command {
  return command.option('--force', 'a second report of a week of which one was sent');
}

export function sub(parent: Command, usage: string, summary: string): Command {
  return parent
    .command(usage)
    .summary(summary)
    .description(`${summary[0]?.toUpperCase()}${summary.slice(1)}.`);
}
