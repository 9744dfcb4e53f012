// SPDX-License-Identifier: GPL-2.0-only
/** `hoplab weekly`: the status report of a week, written from a notebook and what was measured. Nothing is sent. */
import { writeFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { reasonOf } from '../../model/errors.ts';
import { MAIL_WIDTH } from '../../weekly/layout.ts';
import type { WeeklyReport } from '../../weekly/weekly-report.ts';
import { plainText } from '../../words/plain-text.ts';
import type { CliContext, CommandModule } from '../command.ts';
import { MIN_WIDTH, terminalWidth } from '../output.ts';
import { usageError } from '../usage.ts';
import { addImport, addInit, addNotebook } from '../weekly/weekly-notebook.ts';
import { weeklyReport } from '../weekly/weekly-sources.ts';

const FORMATS = ['text', 'eml', 'html'] as const;

interface WeeklyFlags {
  readonly notebook?: string;
  readonly week?: string;
  readonly ending?: string;
  readonly runs?: string;
  readonly format: (typeof FORMATS)[number];
  readonly output?: string;
  readonly keep?: boolean;
  readonly json?: boolean;
}

export const command: CommandModule = {
  examples: [
    { line: 'weekly init', says: 'a commented notebook in ./weekly' },
    { line: 'weekly', says: 'the report of this week' },
    { line: 'weekly --week 2026-W47', says: 'of an earlier week' },
    {
      line: 'weekly --ending 2026-11-27 --format eml -o report.eml',
      says: 'up to that Friday, as a mail to be opened',
    },
    { line: 'weekly --keep', says: 'also kept in sent/: what it tells is no news next week' },
    { line: 'weekly import old/*.txt sent.mbox', says: 'reads old reports into the notebook' },
  ],
  define(command: Command, context: CliContext) {
    addNotebook(command)
      .option('--week <WEEK>', 'a week of ISO 8601, as 2026-W47; the current one by default')
      .option('--ending <DAY>', 'the week up to this day, as 2026-11-27')
      .option('--runs <DIR>', "folder of runs, instead of the notebook's, else as of every command")
      .addOption(new Option('--format <KIND>', 'what it is written as').choices(FORMATS).default('text'))
      .option('-o, --output <FILE>', 'write it to a file')
      .option('--keep', 'also keep the text in sent/ of the notebook, so that it is no news again')
      .option('--json', 'print JSON instead of text')
      .action(async () => weekly(command.opts<WeeklyFlags>(), context));
    addInit(command, context);
    addImport(command, context);
  },
};

async function weekly(flags: WeeklyFlags, context: CliContext): Promise<void> {
  const { report, folder } = await weeklyReport(flags, context);
  const text = await render(report, flags);
  if (flags.output === undefined) context.print(text);
  else {
    writeOutput(flags.output, text);
    context.say(`wrote ${flags.output}`);
  }
  for (const notice of report.notices) context.say(`note: ${plainText(notice)}`);
  if (flags.keep) context.say(`kept as ${await keep(report, folder)}`);
}

async function render(report: WeeklyReport, { json, format, output }: WeeklyFlags): Promise<string> {
  if (json) {
    const { HARMFUL } = await import('../../words/plain-text.ts');
    return `${JSON.stringify(report, null, 2).replace(HARMFUL, (sign) => (sign === '\n' ? sign : ' '))}\n`;
  }
  switch (format) {
    case 'text':
      return (await import('../../weekly/render-text.ts')).renderWeeklyText(report, textWidth(output));
    case 'html':
      return (await import('../../weekly/render-html.ts')).renderWeeklyHtml(report);
    case 'eml': {
      const { renderEml } = await import('../../weekly/render-eml.ts');
      const { momentOf } = await import('../../weekly/week.ts');
      return renderEml(report, momentOf(report.date, report.timeZone, new Date()));
    }
    default:
      return format satisfies never;
  }
}

/** A mail is as wide as mails are; what is only looked at fits the terminal. */
function textWidth(output: string | undefined): number {
  const columns = output === undefined && process.stdout.isTTY ? terminalWidth() : null;
  return columns === null ? MAIL_WIDTH : Math.min(MAIL_WIDTH, Math.max(MIN_WIDTH, columns));
}

function writeOutput(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw usageError(`write ${file}: ${reasonOf(error)}`, 'hoplab weekly -o ANOTHER');
  }
}

/** Never over what was kept: it may be what was sent. */
async function keep(report: WeeklyReport, folder: string): Promise<string> {
  const { renderWeeklyText } = await import('../../weekly/render-text.ts');
  const { keepReport } = await import('../../weekly/sent.ts');
  return keepReport(folder, report.week, renderWeeklyText(report));
}
