// SPDX-License-Identifier: GPL-2.0-only
/** The messages of files, mboxes, Maildirs and folders, one after the other, as their bytes. */
import { createReadStream, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Attempt, done, notDone } from '../model/attempt.ts';
import { reasonOf } from '../model/errors.ts';

/** A mail or a report with more is not read: they are far smaller. */
export const MOST_MAIL_BYTES = 4 << 20;

/** "From alice@example.org Tue Mar  8 10:00:00 2022": the time tells it from a sentence that begins with From. */
const FROM = /^From \S.* (?:\d{1,2}:\d\d(?::\d\d)?)\b.*\d{4}\s*$/;

export interface Message {
  /** "old.txt", "sent.mbox, mail 3". */
  readonly name: string;
  /** Or why they are not read. */
  readonly bytes: Attempt<Buffer>;
}

/**
 * `endings` are those of the files of a folder that is no Maildir. Throws what the file system says of `path`; a file of a folder
 * that cannot be read is a message of its own.
 */
export async function* messagesOf(path: string, endings: RegExp): AsyncGenerator<Message> {
  if (!statSync(path).isDirectory()) {
    yield* messagesOfFile(path);
    return;
  }
  const isMaildir = existsSync(join(path, 'cur'));
  for (const folder of (isMaildir ? ['cur', 'new'] : ['']).map((name) => join(path, name)).filter(existsSync)) {
    for (const name of readdirSync(folder).sort()) {
      if (isMaildir || endings.test(name)) yield* messagesOrWhy(join(folder, name));
    }
  }
}

async function* messagesOrWhy(file: string): AsyncGenerator<Message> {
  try {
    if (statSync(file, { throwIfNoEntry: false })?.isFile()) yield* messagesOfFile(file);
  } catch (error) {
    yield { name: file, bytes: notDone(reasonOf(error)) };
  }
}

async function* messagesOfFile(file: string): AsyncGenerator<Message> {
  if (await beginsLikeMbox(file)) {
    let number = 0;
    for await (const bytes of readMbox(file)) yield { name: `${file}, mail ${++number}`, bytes };
    return;
  }
  yield { name: file, bytes: statSync(file).size > MOST_MAIL_BYTES ? notDone(TOO_LONG) : done(readFileSync(file)) };
}

/** Of a mail that is not read. */
export const TOO_LONG = `it has more than ${MOST_MAIL_BYTES} bytes`;

export function isTooLong(text: string): boolean {
  return Buffer.byteLength(text) > MOST_MAIL_BYTES;
}

/** A "From " line with a time. */
async function beginsLikeMbox(path: string): Promise<boolean> {
  for await (const line of linesOf(path)) return /^From \S+ .*\d\d:\d\d/.test(line);
  return false;
}

/** Reads piece by piece: mailboxes of years are larger than memory. */
async function* readMbox(path: string): AsyncGenerator<Attempt<Buffer>> {
  let message: string[] = [];
  let length = 0;
  let afterEmpty = false;
  for await (const line of linesOf(path)) {
    if (message.length === 0 || (afterEmpty && FROM.test(line))) {
      if (message.length > 0) yield whole(message, length);
      [message, length, afterEmpty] = [[line], 0, false];
      continue;
    }
    afterEmpty = EMPTY.test(line);
    length += line.length;
    if (length <= MOST_MAIL_BYTES) message.push(line.replace(/^>(>*From )/, '$1'));
  }
  if (message.length > 0) yield whole(message, length);
}

const EMPTY = /^\r?\n$/;

/** Without the line that begins it, and the empty one at its end, which is the mailbox's. */
function whole([, ...lines]: readonly string[], length: number): Attempt<Buffer> {
  if (length > MOST_MAIL_BYTES) return notDone(TOO_LONG);
  const isParted = lines.length > 1 && EMPTY.test(lines.at(-1) ?? '');
  return done(Buffer.from((isParted ? lines.slice(0, -1) : lines).join(''), 'latin1'));
}

/** Lines with their ends, of a file of any size: a character an octet. */
async function* linesOf(path: string): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of createReadStream(path, { encoding: 'latin1', highWaterMark: 1 << 18 })) {
    const lines = `${rest}${chunk}`.split(/(?<=\n)/);
    rest = lines.at(-1)?.endsWith('\n') === true ? '' : (lines.pop() ?? '');
    // A line without an end is no text.
    if (rest.length > MOST_MAIL_BYTES) rest = '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}
