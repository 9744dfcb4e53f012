// SPDX-License-Identifier: GPL-2.0-only
/** The folder of reports: one text a week as it was sent, the draft of the next, and what hoplab last made of that. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '../model/errno.ts';
import { HoplabError, reasonOf } from '../model/errors.ts';
import { makeFolders, ownerBehindSudo, writeAtomic } from '../run-store/write-atomic.ts';
import { isTooLong, MOST_MAIL_BYTES, TOO_LONG } from './mail-files.ts';
import { parseWeek, sundayOf, type Week } from './week.ts';

const STARTED = '.started';
const REPORT = /^(\d{4}-W\d\d)(?:-(\d{1,3})|(\.draft))?\.txt$/;

/** `named`, $HOPLAB_REPORTS, else ./reports. */
export function reportsFolder(named: string | undefined, env: NodeJS.ProcessEnv = process.env): string {
  return named ?? (env.HOPLAB_REPORTS || 'reports');
}

/** The reports of a folder: `order` is 1 for the first that was sent in a week, 0 for a draft that was never sent through hoplab. */
function filesIn(folder: string) {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names.flatMap((name) => {
    const [, week, number = '1', draft] = REPORT.exec(name) ?? [];
    const order = draft === undefined ? Number(number) : 0;
    return week === undefined ? [] : [{ file: join(folder, name), week, order }];
  });
}

function sentIn(folder: string, week: Week) {
  return filesIn(folder).filter((each) => each.week === week && each.order > 0);
}

/** Reports before a week, the newest first; of one week the one that was sent last, before its draft. */
export function reportsBefore(folder: string, before: Week) {
  const all = filesIn(folder).sort((a, b) => b.week.localeCompare(a.week) || b.order - a.order);
  return all.flatMap(({ file, week, order }) => {
    const monday = week < before ? parseWeek(week) : null;
    return monday === null ? [] : [{ sunday: sundayOf(monday), isDraft: order === 0, file, text: readReport(file) }];
  });
}

/** REPORTS_NOT_FOUND, with one clear word about the notebook of cards of hoplab 0.1. */
export function noReports(folder: string): HoplabError {
  const places = [process.env.HOPLAB_NOTEBOOK ?? '', folder, '.', 'weekly'];
  const old = places.find((place) => place !== '' && existsSync(join(place, 'notebook.yaml')));
  let message = `find the reports: there is no earlier one in ${folder}`;
  let hint = 'hoplab weekly start OLD-MAIL.txt reads reports that you sent: files, .eml, mbox, a Maildir';
  if (old !== undefined) {
    message += `, and the notebook of cards in ${old} is of hoplab 0.1 and is not read any more`;
    hint = `hoplab weekly start ${join(old, 'sent')}/*.txt begins with the mails that were sent`;
  }
  return new HoplabError({ code: 'REPORTS_NOT_FOUND', message, hint });
}

/** Files of a week: `edited` is a draft that an editor has or left behind, `made` what hoplab made of the week last. */
const FILES = {
  draft: 'WEEK.draft.txt',
  edited: 'WEEK.draft.edit.txt',
  made: join('.made', 'WEEK.txt'),
  sent: 'WEEK.txt',
} as const;

type Kind = keyof typeof FILES;

export function reportFile(folder: string, week: string, kind: Kind): string {
  return join(folder, FILES[kind].replace('WEEK', week));
}

/** null: there is none. Throws REPORT_UNREADABLE. */
export function readText(folder: string, week: string, kind: Kind): string | null {
  return readIfThere(reportFile(folder, week, kind));
}

/** Throws REPORT_REFUSED. */
export async function writeText(folder: string, week: string, kind: Kind, text: string): Promise<void> {
  await write(reportFile(folder, week, kind), text);
}

/** What was sent is kept as it was sent, and is no draft any more. */
export async function keepSent(folder: string, week: string): Promise<string> {
  const file = freeFile(folder, week);
  await change(file, async () => {
    await rename(reportFile(folder, week, 'draft'), file);
    await rm(reportFile(folder, week, 'made'), { force: true });
  });
  return file;
}

/** Keeps an old report as the one of its week; a second one beside it. null: this text was read before, whatever became of it since. */
export async function keepOld(
  folder: string,
  { week, text }: { readonly week: string; readonly text: string },
  dryRun: boolean,
): Promise<string | null> {
  const digest = createHash('sha256').update(text).digest('hex');
  const started = readIfThere(join(folder, STARTED)) ?? '';
  if (started.includes(digest) || sentIn(folder, week).some(({ file }) => readReport(file) === text)) return null;
  const file = freeFile(folder, week);
  if (!dryRun) {
    await write(file, text);
    await write(join(folder, STARTED), `${started}${digest} ${week}\n`);
  }
  return file;
}

/** A second report of a week stands beside the first. */
function freeFile(folder: string, week: Week): string {
  const last = Math.max(0, ...sentIn(folder, week).map(({ order }) => order));
  return join(folder, `${week}${last === 0 ? '' : `-${last + 1}`}.txt`);
}

/** Throws REPORT_REFUSED, also for what could not be read again. */
async function write(file: string, text: string): Promise<void> {
  if (isTooLong(text))
    throw new HoplabError({ code: 'REPORT_REFUSED', message: `write ${file}: ${TOO_LONG}`, hint: 'shorten it' });
  const owner = ownerBehindSudo();
  await change(file, async () => {
    await makeFolders(join(file, '..'), owner);
    await writeAtomic(file, text, owner);
  });
}

/** Throws REPORT_REFUSED where the file system refuses. */
async function change(file: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (errnoOf(error) === null) throw error;
    throw new HoplabError({
      code: 'REPORT_REFUSED',
      message: `write ${file}: ${reasonOf(error)}`,
      hint: 'reports are kept in a folder that you may write: --reports DIR',
      cause: error,
    });
  }
}

function readIfThere(file: string): string | null {
  return existsSync(file) ? readReport(file) : null;
}

function readReport(file: string): string {
  if (statSync(file).size <= MOST_MAIL_BYTES) return readFileSync(file, 'utf8');
  throw new HoplabError({
    code: 'REPORT_UNREADABLE',
    message: `read the report ${file}: ${TOO_LONG}`,
    hint: 'move it out of the folder',
  });
}
