// SPDX-License-Identifier: GPL-2.0-only
/** `hoplab weekly`: next week's report out of the last one. The mails are the notebook. */
import { type Command, Option } from 'commander';
import { didYouMean } from '../../schema/nearest-word.ts';
import { renderEml } from '../../weekly/eml.ts';
import { reportFile } from '../../weekly/reports.ts';
import type { CliContext, CommandModule } from '../command.ts';
import { usageError } from '../usage.ts';
import { addForce, addWeek, currentDraft, freshDraft, openDesk, type WeekQuery } from '../weekly/weekly-draft.ts';
import { addEdit } from '../weekly/weekly-edit.ts';
import { addSend } from '../weekly/weekly-send.ts';
import { addStart } from '../weekly/weekly-start.ts';
import { writeOutput } from '../write-output.ts';

const FORMATS = ['text', 'eml'] as const;
const COMMANDS = ['start', 'edit', 'note', 'diff', 'send', 'last'];

interface WeeklyFlags extends WeekQuery {
  readonly format: (typeof FORMATS)[number];
  readonly output?: string;
  readonly dryRun?: boolean;
}

export const command: CommandModule = {
  examples: [
    { line: 'weekly start old/*.txt sent.mbox', says: 'begins with reports that were sent' },
    { line: 'weekly', says: 'the draft of this week, made from the last report' },
    { line: 'weekly last', says: 'of the week before' },
    { line: 'weekly note STR-68 "macvtap works too"', says: 'a bullet from the shell' },
    { line: 'weekly diff', says: 'what hoplab changed, and why' },
    { line: 'weekly edit', says: 'the draft in your editor' },
    { line: 'weekly --ending 2026-11-27 --format eml -o report.eml', says: 'as a mail to be opened' },
    { line: 'weekly send', says: 'shows it, asks, and sends it with your own mail program' },
  ],
  define(command: Command, context: CliContext) {
    addForce(addWeek(command))
      .argument('[WHEN]', 'last = the week before this one')
      .addOption(new Option('--format <KIND>', 'what it is printed as').choices(FORMATS).default('text'))
      .option('-o, --output <FILE>', 'write it to a file')
      .option('--dry-run', 'keep nothing: only print the draft')
      .action(async (when: string | undefined) => weekly(when, command.opts<WeeklyFlags>(), context));
    addStart(command, context);
    addEdit(command, context);
    addSend(command, context);
  },
};

async function weekly(when: string | undefined, flags: WeeklyFlags, context: CliContext): Promise<void> {
  if (when !== undefined && when !== 'last')
    throw usageError(`hoplab weekly has no "${when}"${didYouMean(when, COMMANDS)}; there are ${COMMANDS.join(', ')}`);
  const query = when === undefined ? flags : { ...flags, week: 'last' };
  const desk = openDesk(query, context);
  const fresh = await freshDraft(desk, query, context);
  const text = await currentDraft(desk, fresh, { context, dryRun: flags.dryRun, force: flags.force });
  const options = { day: desk.span.to, timeZone: desk.settings.timeZone, now: new Date() };
  const shown = flags.format === 'text' ? text : renderEml(text, options);
  await writeOutput([shown], flags.output ?? null, context);
  if (flags.output !== undefined) context.say(`wrote ${flags.output}`);
  const kept = flags.dryRun ? 'nothing was kept' : `kept as ${reportFile(desk.folder, desk.week, 'draft')}`;
  context.say(`${kept}; made from ${desk.last.file}: hoplab weekly diff says what was changed`);
}
