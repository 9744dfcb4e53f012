// SPDX-License-Identifier: GPL-2.0-only
/** The folder of reports: one text a week as it was sent, the draft of the next, and what hoplab last made of that. */

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '../model/errno.ts';
import { HoplabError, reasonOf } from '../model/errors.ts';
import { makeFolders, ownerBehindSudo, writeAtomic } from '../run-store/write-atomic.ts';
import { isTooLong, tooLong } from './mail-files.ts';
import { MOST_MAIL_BYTES } from './mbox.ts';
import { type Day, parseWeek, sundayOf } from './week.ts';

const DEFAULT_FOLDER = 'reports';
const OLD_NOTEBOOK = 'notebook.yaml';
/** What hoplab wrote last: what differs from it in the draft is the writer's. */
const MADE_FOLDER = '.made';
const STARTED = '.started';
const REPORT = /^(\d{4}-W\d\d)(?:-(\d{1,3}))?\.txt$/;
const DRAFT = /^(\d{4}-W\d\d)\.draft\.txt$/;

export interface StoredReport {
  /** "2026-W47". */
  readonly week: string;
  readonly file: string;
  readonly text: string;
  /** A draft that was never sent through hoplab. */
  readonly isDraft: boolean;
}

/** `named`, $HOPLAB_REPORTS, else ./reports. */
export function reportsFolder(named: string | undefined, env: NodeJS.ProcessEnv = process.env): string {
  return named ?? (env.HOPLAB_REPORTS || DEFAULT_FOLDER);
}

/** Reports before a week, the newest first; of one week the one that was sent last, before its draft. */
export function reportsBefore(folder: string, week: string): StoredReport[] {
  const all = namesIn(folder).flatMap((name): (StoredReport & { readonly order: number })[] => {
    const [sent, draft] = [REPORT.exec(name), DRAFT.exec(name)];
    const own = sent?.[1] ?? draft?.[1];
    if (own === undefined || own >= week) return [];
    const text = readReport(join(folder, name));
    const order = sent === null ? 0 : Number(sent[2] ?? 1);
    return [{ week: own, file: join(folder, name), text, isDraft: sent === null, order }];
  });
  return all.sort((a, b) => (a.week === b.week ? b.order - a.order : a.week < b.week ? 1 : -1));
}

/** Throws REPORTS_NOT_FOUND: with one clear word about the notebook of cards of hoplab 0.1. */
export function noReports(folder: string): HoplabError {
  const old = [process.env.HOPLAB_NOTEBOOK ?? '', folder, '.', 'weekly'].find(
    (place) => place !== '' && existsSync(join(place, OLD_NOTEBOOK)),
  );
  const start = 'hoplab weekly start OLD-MAIL.txt reads reports that you sent: files, .eml, mbox, a Maildir';
  return new HoplabError({
    code: 'REPORTS_NOT_FOUND',
    message:
      old === undefined
        ? `find the reports: there is no earlier one in ${folder}`
        : `find the reports: there is none in ${folder}, and the notebook of cards in ${old} is of hoplab 0.1 and is not read any more`,
    hint:
      old === undefined ? start : `hoplab weekly start ${join(old, 'sent')}/*.txt begins with the mails that were sent`,
  });
}

export function draftFile(folder: string, week: string): string {
  return join(folder, `${week}.draft.txt`);
}

function sentFile(folder: string, week: string): string {
  return join(folder, `${week}.txt`);
}

/** null: there is none. */
export function readDraft(folder: string, week: string): string | null {
  return readIfThere(draftFile(folder, week));
}

/** null: nothing was sent that week. */
export function readSent(folder: string, week: string): string | null {
  return readIfThere(sentFile(folder, week));
}

/** What hoplab made of that week last; null where it made nothing yet. */
export function readMade(folder: string, week: string): string | null {
  return readIfThere(join(folder, MADE_FOLDER, `${week}.txt`));
}

/** A draft that an editor has, or left behind. */
export function editedFile(folder: string, week: string): string {
  return join(folder, `${week}.draft.edit.txt`);
}

/** Throws REPORT_REFUSED. */
export async function writeEdited(folder: string, week: string, text: string): Promise<void> {
  await write(editedFile(folder, week), text);
}

export async function writeDraft(folder: string, week: string, text: string): Promise<void> {
  await write(draftFile(folder, week), text);
}

export async function writeMade(folder: string, week: string, text: string): Promise<void> {
  await write(join(folder, MADE_FOLDER, `${week}.txt`), text);
}

/** What was sent is kept as it was sent, and is no draft any more. */
export async function keepSent(folder: string, week: string): Promise<string> {
  const file = freeFile(folder, week);
  await change(file, async () => {
    await rename(draftFile(folder, week), file);
    await rm(join(folder, MADE_FOLDER, `${week}.txt`), { force: true });
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
  if (started.includes(digest)) return null;
  if (namesOfWeek(folder, week).some((name) => readReport(join(folder, name)) === text)) return null;
  const file = freeFile(folder, week);
  if (!dryRun) {
    await write(file, text);
    await write(join(folder, STARTED), `${started}${digest} ${week}\n`);
  }
  return file;
}

function namesOfWeek(folder: string, week: string): string[] {
  return namesIn(folder).filter((name) => REPORT.exec(name)?.[1] === week);
}

/** A second report of a week stands beside the first. */
function freeFile(folder: string, week: string): string {
  const orders = namesOfWeek(folder, week).map((name) => Number(REPORT.exec(name)?.[2] ?? 1));
  return join(folder, `${week}${orders.length === 0 ? '' : `-${Math.max(...orders) + 1}`}.txt`);
}

/** The day that a report is of, by its file, where it does not say it. */
export function lastDayOfWeek(week: string): Day | null {
  const parsed = parseWeek(week);
  return parsed === null ? null : sundayOf(parsed);
}

/** Throws REPORT_REFUSED, also for what could not be read again. */
async function write(file: string, text: string): Promise<void> {
  if (isTooLong(text))
    throw new HoplabError({ code: 'REPORT_REFUSED', message: `write ${file}: ${tooLong()}`, hint: 'shorten it' });
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
    message: `read the report ${file}: ${tooLong()}`,
    hint: 'move it out of the folder',
  });
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}
