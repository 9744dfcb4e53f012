/** `hoplab report`: the table of a run, from its folder alone: no root, any machine, any time later. */
import type { Command } from 'commander';
import { EXPORT_KINDS } from '../../report/trace-export.ts';
import { runsRoot } from '../../run-store/layout.ts';
import type { CliContext, CommandModule } from '../command.ts';
import { addOutputOptions, type OutputFlags } from '../output.ts';
import { parseExport, type WantedExport } from '../trace-export.ts';
import { repeated } from '../usage.ts';

interface ReportFlags extends OutputFlags {
  readonly runs?: string;
  readonly export?: readonly WantedExport[];
}

export const command: CommandModule = {
  examples: [
    { line: 'report', says: 'the newest run' },
    { line: 'report before-upgrade', says: 'the newest run with this label' },
    { line: 'report 20260102-1504', says: 'the run whose id begins like this' },
    { line: 'report /media/usb/20260102-150405-1f2e --width 80', says: 'a folder from anywhere, in 80 columns' },
    { line: 'report latest --json', says: 'as JSON, in the form of schema/results.schema.json' },
  ],
  define(command: Command, context: CliContext) {
    addOutputOptions(command)
      .option('--runs <DIR>', 'folder of runs, instead of $HOPLAB_RUNS or ./runs')
      .option(
        '--export <KIND[:FILE]>',
        `of a trace: also write ${EXPORT_KINDS.join(', ')} (repeatable)`,
        repeated(parseExport),
      )
      .action(async (run: string | undefined) => {
        const flags = command.opts<ReportFlags>();
        const { resolveRun } = await import('../../run-store/list-runs.ts');
        const { showAny } = await import('../show-run.ts');
        await showAny(await resolveRun(run ?? 'latest', flags.runs ?? runsRoot()), flags, context);
      });
  },
};
