// SPDX-License-Identifier: GPL-2.0-only
/** `hoplab weekly init` and `hoplab weekly import`: what makes and fills a notebook. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { HoplabError } from '../../model/errors.ts';
import type { Imported } from '../../weekly/import-report.ts';
import { formatCounted } from '../../words/format.ts';
import { plainText } from '../../words/plain-text.ts';
import type { CliContext } from '../command.ts';
import { usageError } from '../usage.ts';

const DEFAULT_FOLDER = 'weekly';
const SHOWN_LINES = 10;

export function addNotebook(command: Command): Command {
  return command.option('--notebook <DIR>', 'the notebook, instead of $HOPLAB_NOTEBOOK, the folder here or ./weekly');
}

/** The notebook that is meant. Throws NOTEBOOK_NOT_FOUND. */
export function notebookFolder(named: string | undefined, env: NodeJS.ProcessEnv = process.env): string {
  const found = namedOrHere(named, env);
  if (found !== null) return found;
  throw new HoplabError({
    code: 'NOTEBOOK_NOT_FOUND',
    message: `find the notebook: there is no notebook.yaml in ${process.cwd()} and none in ./${DEFAULT_FOLDER}`,
    hint: 'hoplab weekly init makes one; --notebook DIR or HOPLAB_NOTEBOOK names one elsewhere',
  });
}

function namedOrHere(named: string | undefined, env: NodeJS.ProcessEnv = process.env): string | null {
  const chosen = named ?? (env.HOPLAB_NOTEBOOK || undefined);
  if (chosen !== undefined) return chosen;
  return ['.', DEFAULT_FOLDER].find((folder) => existsSync(join(folder, 'notebook.yaml'))) ?? null;
}

export function addInit(parent: Command, context: CliContext): void {
  sub(parent, 'init [DIR]', `make a commented notebook; ./${DEFAULT_FOLDER} by default`).action(
    async (folder: string = DEFAULT_FOLDER) => {
      const { makeFolders, ownerBehindSudo, writeAtomic } = await import('../../run-store/write-atomic.ts');
      const { notebookTemplate } = await import('../../weekly/notebook-template.ts');
      const { dayOf } = await import('../../weekly/week.ts');
      const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
      const files = notebookTemplate({ today: dayOf(new Date(), timeZone), timeZone });
      const there = Object.keys(files).find((name) => existsSync(join(folder, name)));
      if (there !== undefined)
        throw usageError(`make a notebook: there is ${join(folder, there)} already`, 'hoplab weekly init ANOTHER');
      const owner = ownerBehindSudo();
      for (const [name, text] of Object.entries(files)) {
        await makeFolders(join(folder, name, '..'), owner);
        await writeAtomic(join(folder, name), text, owner);
      }
      context.say(
        `wrote ${Object.keys(files).join(', ')} in ${folder}; next: hoplab weekly${folder === DEFAULT_FOLDER ? '' : ` --notebook ${folder}`}`,
      );
    },
  );
}

interface ImportFlags {
  readonly notebook?: string;
  readonly date?: string;
  readonly json?: boolean;
}

export function addImport(parent: Command, context: CliContext): void {
  const command = sub(parent, 'import <FILE...>', 'read old plain-text reports into the notebook');
  addNotebook(command)
    .option('--date <DAY>', 'the day of a report that does not say it, as 2022-03-04')
    .option('--json', 'print JSON instead of text')
    .action(async (files: string[]) => importFiles(files, command.optsWithGlobals<ImportFlags>(), context));
}

/** The oldest first, whatever the order of the files: a later report knows more of a card. */
async function importFiles(files: readonly string[], flags: ImportFlags, context: CliContext): Promise<void> {
  const { readReportTexts } = await import('../../weekly/decode-report.ts');
  const { importReport } = await import('../../weekly/import-report.ts');
  const { parseReport } = await import('../../weekly/parse-report.ts');
  const { isDay } = await import('../../weekly/week.ts');
  const { dayIn, weekIn } = await import('../../weekly/report-head.ts');
  if (flags.date !== undefined && !isDay(flags.date))
    throw usageError(`--date takes a day as 2022-03-04, got "${flags.date}"`);
  const folder = namedOrHere(flags.notebook) ?? DEFAULT_FOLDER;
  const texts = (await Promise.all(files.map(readReportTexts))).flat();
  const reports = texts.map(({ name, text }) => ({
    name,
    text,
    report: parseReport(text, flags.date ?? dayIn(name) ?? weekIn(name)),
  }));
  const day = (at: number) => reports[at]?.report.head.day ?? '';
  const order = reports.map((_, index) => index).sort((a, b) => (day(a) < day(b) ? -1 : day(a) > day(b) ? 1 : a - b));
  const imported: Imported[] = [];
  for (const at of order) {
    const report = reports[at];
    if (report === undefined) continue;
    context.signal.throwIfAborted();
    imported.push(await importReport(folder, report));
    if (!flags.json) context.print(importText(imported.at(-1), folder));
  }
  if (flags.json) context.print(`${JSON.stringify({ notebook: folder, imported }, null, 2)}\n`);
}

function importText(imported: Imported | undefined, folder: string): string {
  if (imported === undefined) return '';
  const { name, day, week, newCards, added, unplaced, unplacedFile } = imported;
  const what = added === 0 ? 'nothing new' : `${formatCounted(added, 'entry').replace('entrys', 'entries')}`;
  const cards = newCards.length === 0 ? '' : `; new: ${newCards.join(', ')}`;
  const lines = [`${name}: ${week}, ${day}: ${what}${cards}`];
  for (const { line, text } of unplaced.slice(0, SHOWN_LINES))
    lines.push(`  not placed: line ${line}: ${plainText(text, 80)}`);
  if (unplaced.length > SHOWN_LINES) lines.push(`  and ${unplaced.length - SHOWN_LINES} more lines`);
  if (unplacedFile !== null) lines.push(`  kept in ${join(folder, unplacedFile)}`);
  return `${lines.map((line) => plainText(line, 1000).replace(/^(?=not placed|and \d|kept)/, '  ')).join('\n')}\n`;
}

function sub(parent: Command, usage: string, summary: string): Command {
  return parent
    .command(usage)
    .summary(summary)
    .description(`${summary[0]?.toUpperCase()}${summary.slice(1)}.`);
}
