// SPDX-License-Identifier: GPL-2.0-only
/** `hoplab weekly start`: old reports become the reports that the next ones are made from. */
import type { Command } from 'commander';
import { type Attempt, done, notDone } from '../../model/attempt.ts';
import { HoplabError } from '../../model/errors.ts';
import { describeMail, notUnderstood } from '../../weekly/describe-mail.ts';
import { addressesIn } from '../../weekly/eml.ts';
import { lastDay } from '../../weekly/mail-head.ts';
import { type OwnReport, oldMails, sortMails } from '../../weekly/old-mails.ts';
import { keepOld, reportsFolder } from '../../weekly/reports.ts';
import { readSettings } from '../../weekly/settings.ts';
import { isDay, weekOf } from '../../weekly/week.ts';
import { formatCounted } from '../../words/format.ts';
import { plainText } from '../../words/plain-text.ts';
import type { CliContext } from '../command.ts';
import { repeated, usageError } from '../usage.ts';
import { addReports, sub } from './weekly-draft.ts';

const SHOWN_LINES = 20;

interface StartFlags {
  readonly reports?: string;
  readonly from?: readonly string[];
  readonly date?: string;
  readonly dryRun?: boolean;
}

export function addStart(parent: Command, context: CliContext): void {
  const addresses = repeated((text) => text);
  const command = sub(parent, 'start <MAIL...>', 'read reports that were sent: files, .eml, mbox, Maildirs');
  addReports(command)
    .option('--from <ADDRESS>', "the writer's address; may be given several times", addresses)
    .option('--date <DAY>', 'the day of a report that does not say it, as 2022-03-04')
    .option('--dry-run', 'only say what would be read')
    .action(async (paths: string[]) => start(paths, command.optsWithGlobals<StartFlags>(), context));
}

async function start(paths: readonly string[], flags: StartFlags, context: CliContext): Promise<void> {
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
  const leftOut: string[] = [];
  let kept = 0;
  for (const { name, report } of sortMails(mails, { own, dayOf })) {
    const outcome = report.ok ? await keep(name, report.value, { folder, flags, context }) : report;
    if (outcome.ok) kept += outcome.value ? 1 : 0;
    else {
      leftOut.push(outcome.why);
      context.print(`${plainText(name)}: left out: ${plainText(outcome.why)}\n`);
    }
  }
  if (leftOut.length === mails.length)
    throw new HoplabError({
      code: 'REPORT_UNREADABLE',
      message: `read the reports of ${paths.join(', ')}: none of ${formatCounted(mails.length, 'mail')} is one${leftOut.length === 1 ? `: ${leftOut[0]}` : ''}`,
      hint: 'hoplab weekly start --from ADDRESS says who wrote them, --date DAY of which day one is',
    });
  const would = flags.dryRun ? 'would be ' : '';
  const next = flags.dryRun ? '' : `; next: hoplab weekly${folder === 'reports' ? '' : ` --reports ${folder}`}`;
  context.say(`${formatCounted(kept, 'report')} ${would}kept in ${folder}${next}`);
}

interface Keeping {
  readonly folder: string;
  readonly flags: StartFlags;
  readonly context: CliContext;
}

/** Whether it was new. */
async function keep(
  name: string,
  { text, mail }: OwnReport,
  { folder, flags, context }: Keeping,
): Promise<Attempt<boolean>> {
  if (mail.day === null) return notDone('nothing in it says its week; --date names a day');
  const week = weekOf(mail.day);
  const file = await keepOld(folder, { week, text }, flags.dryRun === true);
  const about = file === null ? 'nothing new' : `${describeMail(mail)}; ${flags.dryRun ? 'would be' : 'is'} ${file}`;
  context.print(`${plainText(name)}: ${week}${file === null ? '' : `, ${mail.day}`}: ${about}\n`);
  if (file === null) return done(false);
  const strange = notUnderstood(mail);
  for (const { line, text: said } of strange.slice(0, SHOWN_LINES))
    context.print(`  as it is, line ${line}: ${plainText(said, 100)}\n`);
  if (strange.length > SHOWN_LINES)
    context.print(`  and ${formatCounted(strange.length - SHOWN_LINES, 'line')} more\n`);
  return done(true);
}
