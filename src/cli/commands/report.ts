// SPDX-License-Identifier: GPL-2.0-only
/** `hoplab report`: a run, a trace or a diagnosis from its folder alone, in any format: no root, any machine, any time later. */
import { type Command, Option } from 'commander';
import type { Recorded } from '../../experiments/experiment.ts';
import { EXPORT_KINDS } from '../../render/formats/trace-export.ts';
import { RUNS_OPTION, runsRoot } from '../../run-store/runs-root.ts';
import { type CliContext, type CommandModule, EXIT } from '../command.ts';
import { addOutputOptions, lookOf, type OutputFlags } from '../output.ts';
import { formatOfFile, parseFormat, REPORT_FORMATS, type ReportFormat } from '../show/report-format.ts';
import { parseExport, type WantedExport } from '../show/trace-export.ts';
import { repeated, usageError } from '../usage.ts';

interface ReportFlags extends OutputFlags {
  readonly runs?: string;
  readonly format?: ReportFormat;
  readonly output?: string;
  readonly html?: string;
  readonly samples?: boolean;
  readonly export?: readonly WantedExport[];
}

export const command: CommandModule = {
  examples: [
    { line: 'report', says: 'the newest run' },
    { line: 'report before-upgrade', says: 'the newest run with this label' },
    { line: 'report 20260102-1504', says: 'the run whose id begins like this; also of a diagnosis' },
    { line: 'report /media/usb/20260102-150405-1f2e --width 80', says: 'a folder from anywhere, in 80 columns' },
    { line: 'report latest --json', says: 'as JSON, in the form of schema/results.schema.json' },
    { line: 'report --html report.html', says: 'one file with tables and charts, to open or to send' },
    { line: 'report before after --html both.html', says: 'two runs in one page, with what differs between them' },
    { line: 'report --format csv -o table.csv', says: 'a row a cell and a comparison' },
    { line: 'report --samples -o samples.csv', says: 'a row a transaction' },
  ],
  define(command: Command, context: CliContext) {
    addOutputOptions(command)
      .option('--format <NAME>', `${REPORT_FORMATS.join(', ')}; default: by the name of -o, else text`, parseFormat)
      .option('-o, --output <FILE>', 'write to a file instead of printing')
      .option('--html <FILE>', 'the same as --format html -o FILE')
      .addOption(new Option('--samples', 'of csv: every transaction, a row each').conflicts(['html']))
      .option(...RUNS_OPTION)
      .option(
        '--export <KIND[:FILE]>',
        `of a trace: also write ${EXPORT_KINDS.join(', ')} (repeatable)`,
        repeated(parseExport),
      )
      .action(async (words: readonly string[]) => report(words, command.opts<ReportFlags>(), context));
  },
};

async function report(words: readonly string[], flags: ReportFlags, context: CliContext): Promise<void> {
  const { format, file } = wantedOutput(flags);
  const experiments = context.experiments ?? (await import('../../experiments/index.ts')).experiments;
  const { readSources } = await import('../show/report-source.ts');
  const { renderAs } = await import('../show/report-render.ts');
  const { writeOutput } = await import('../write-output.ts');
  const say = (line: string): void => context.say(`hoplab: ${line}`);
  const sources = await readSources({
    words: words.length === 0 ? ['latest'] : words,
    root: flags.runs ?? runsRoot(),
    pictures: format === 'html',
    onSkipped: (word, { code, message }) => {
      say(`left out ${word}: ${code}: ${message}`);
      context.finish(EXIT.failed);
    },
    experiments,
  });
  const look = file === null ? lookOf(flags) : { ...lookOf(flags), colour: false, ascii: false };
  const onDamage = (what: string): void => {
    say(`left out: ${what}`);
    context.finish(EXIT.failed);
  };
  await writeOutput(renderAs(format, sources, { look, samples: flags.samples === true, onDamage }), file, context);
  if (file !== null && file !== '-') context.say(`${format}: ${file}`);
  await exportTraces(sources, flags.export ?? [], context);
}

function wantedOutput(flags: ReportFlags): { readonly format: ReportFormat; readonly file: string | null } {
  const { html, json, samples, output } = flags;
  const named = [
    ...(flags.format === undefined ? [] : [flags.format]),
    ...(html === undefined ? [] : ['html' as const]),
    ...(json ? ['json' as const] : []),
    ...(samples ? ['csv' as const] : []),
  ];
  const [format = output === undefined ? 'text' : (formatOfFile(output) ?? 'text'), other] = [...new Set(named)];
  if (other !== undefined) throw usageError(`a report has one format, and both ${format} and ${other} were asked for`);
  if (html !== undefined && output !== undefined && html !== output)
    throw usageError(`--html ${html} and -o ${output} name two files: one report goes into one`);
  const file = output ?? html ?? null;
  if (file === '') throw usageError('-o and --html take the name of a file');
  if (format === 'html' && file === null && process.stdout.isTTY)
    throw usageError('an HTML page is nothing for a terminal', 'hoplab report --html report.html');
  return { format, file };
}

async function exportTraces(
  recorded: readonly Recorded[],
  wanted: readonly WantedExport[],
  context: CliContext,
): Promise<void> {
  if (wanted.length === 0) return;
  const { need } = await import('../../experiments/ability.ts');
  const { writeExports } = await import('../show/trace-export.ts');
  for (const one of recorded) {
    await writeExports(need(one.records, one, { ability: 'records', asked: '--export' }), wanted, context);
  }
}
