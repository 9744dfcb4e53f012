// SPDX-License-Identifier: GPL-2.0-only
/** `hoplab weekly start`: old reports become the reports that the next ones are made from. */
import type { Command } from 'commander';
import { formatCounted } from '../../words/format.ts';
import { plainText } from '../../words/plain-text.ts';
import type { CliContext } from '../command.ts';
import { repeated, usageError } from '../usage.ts';
import { addReports, sub } from './weekly-options.ts';

const SHOWN_LINES = 20;

interface StartFlags {
  readonly reports?: string;
  readonly from?: readonly string[];
  readonly date?: string;
  readonly dryRun?: boolean;
}

export function addStart(parent: Command, context: CliContext): void {
  const command = sub(parent, 'start <MAIL...>', 'read reports that were sent: files, .eml, mbox, Maildirs');
  addReports(command)
    .option(
      '--from <ADDRESS>',
      "the writer's address; may be given several times",
      repeated((text) => text),
    )
    .option('--date <DAY>', 'the day of a report that does not say it, as 2022-03-04')
    .option('--dry-run', 'only say what would be read')
    .action(async (paths: string[]) => start(paths, command.optsWithGlobals<StartFlags>(), context));
}

async function start(paths: readonly string[], flags: StartFlags, context: CliContext): Promise<void> {
  const { oldMails } = await import('../../weekly/old-mails.ts');
  const { sortMails } = await import('../../weekly/own-reports.ts');
  const { reportsFolder } = await import('../../weekly/reports.ts');
  const { readSettings } = await import('../../weekly/settings.ts');
  const { addressesIn } = await import('../../weekly/eml.ts');
  const { lastDay } = await import('../../weekly/mail-head.ts');
  const { isDay } = await import('../../weekly/week.ts');
  if (flags.date !== undefined && !isDay(flags.date))
    throw usageError(`--date takes a day as 2022-03-04, got "${flags.date}"`);
  const folder = reportsFolder(flags.reports);
  const own = (flags.from ?? readSettings(folder).from).flatMap(addressesIn);
  const mails = [];
  for (const path of paths) {
    for await (const mail of oldMails(path)) {
      context.signal.throwIfAborted();
      mails.push(mail);
    }
  }
  const near = new Date().toISOString().slice(0, 10);
  const dayOf = (name: string) => flags.date ?? lastDay(name.replace(/^.*\//, ''), { near, dayFirst: false });
  const sorted = sortMails(mails, { own, dayOf });
  let kept = 0;
  for (const mail of sorted) {
    if (mail.kind === 'left out') context.print(`${plainText(mail.name)}: left out: ${plainText(mail.why)}\n`);
    else if (await keep(mail, { folder, flags, context })) kept += 1;
  }
  const next = `next: hoplab weekly${folder === 'reports' ? '' : ` --reports ${folder}`}`;
  context.say(
    `${formatCounted(kept, 'report')} ${flags.dryRun ? 'would be ' : ''}kept in ${folder}${flags.dryRun ? '' : `; ${next}`}`,
  );
}

interface Keeping {
  readonly folder: string;
  readonly flags: StartFlags;
  readonly context: CliContext;
}

async function keep(
  {
    name,
    text,
    mail,
  }: { readonly name: string; readonly text: string; readonly mail: import('../../weekly/mail-tree.ts').Mail },
  { folder, flags, context }: Keeping,
): Promise<boolean> {
  const { keepOld } = await import('../../weekly/reports.ts');
  const { describeMail, notUnderstood } = await import('../../weekly/describe-mail.ts');
  const { showWeek, weekOf } = await import('../../weekly/week.ts');
  if (mail.day === null) {
    context.print(`${plainText(name)}: left out: nothing in it says its week; --date names a day\n`);
    return false;
  }
  const week = showWeek(weekOf(mail.day));
  const file = await keepOld(folder, { week, text }, flags.dryRun === true);
  if (file === null) {
    context.print(`${plainText(name)}: ${week}: nothing new\n`);
    return false;
  }
  const strange = notUnderstood(mail);
  const lines = [
    `${plainText(name)}: ${week}, ${mail.day}: ${describeMail(mail)}; ${flags.dryRun ? 'would be' : 'is'} ${file}`,
  ];
  for (const { line, text: said } of strange.slice(0, SHOWN_LINES))
    lines.push(`  as it is, line ${line}: ${plainText(said, 100)}`);
  if (strange.length > SHOWN_LINES) lines.push(`  and ${formatCounted(strange.length - SHOWN_LINES, 'line')} more`);
  context.print(`${lines.join('\n')}\n`);
  return true;
}
