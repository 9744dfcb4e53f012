// SPDX-License-Identifier: GPL-2.0-only
/** The messages of files, mboxes, Maildirs and folders, one after the other, as their bytes. */
import {
  closeSync,
  createReadStream,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';

const NEWLINE = 10;
/** A mail or a report with more is not read: they are far smaller. */
export const MOST_MAIL_BYTES = 4 << 20;

/** "From alice@example.org Tue Mar  8 10:00:00 2022": the time tells it from a sentence that begins with From. */
const FROM = /^From \S.* (?:\d{1,2}:\d\d(?::\d\d)?)\b.*\d{4}\s*$/;

export interface Message {
  /** "old.txt", "sent.mbox, mail 3". */
  readonly name: string;
  /** null: it has more bytes than are read. */
  readonly bytes: Buffer | null;
}

/** `endings` are those of the files of a folder that is no Maildir. Throws what the file system says of `path`. */
export async function* messagesOf(path: string, endings: RegExp): AsyncGenerator<Message> {
  if (!statSync(path).isDirectory()) {
    yield* messagesOfFile(path);
    return;
  }
  const isMaildir = existsSync(join(path, 'cur'));
  for (const folder of (isMaildir ? ['cur', 'new'] : ['']).map((name) => join(path, name)).filter(existsSync)) {
    for (const name of readdirSync(folder).sort()) {
      const file = join(folder, name);
      const isFile = statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
      if (isFile && (isMaildir || endings.test(name))) yield* messagesOfFile(file);
    }
  }
}

async function* messagesOfFile(file: string): AsyncGenerator<Message> {
  if (beginsLikeMbox(file)) {
    let number = 0;
    for await (const bytes of readMbox(file)) yield { name: `${file}, mail ${++number}`, bytes };
    return;
  }
  yield { name: file, bytes: statSync(file).size > MOST_MAIL_BYTES ? null : readFileSync(file) };
}

/** Of a mail that is not read. */
export function tooLong(): string {
  return `it has more than ${MOST_MAIL_BYTES} bytes`;
}

/** A "From " line with a time. */
function beginsLikeMbox(path: string): boolean {
  const start = Buffer.alloc(200);
  const file = openSync(path, 'r');
  try {
    const length = readSync(file, start, 0, start.length, 0);
    return /^From \S+ .*\d\d:\d\d/.test(start.subarray(0, length).toString('latin1'));
  } finally {
    closeSync(file);
  }
}

export function isTooLong(text: string): boolean {
  return Buffer.byteLength(text) > MOST_MAIL_BYTES;
}

const EMPTY = /^\r?\n$/;

/** Reads piece by piece: mailboxes of years are larger than memory. null for a message over the limit. */
async function* readMbox(path: string): AsyncGenerator<Buffer | null> {
  let message: Buffer[] | null = null;
  let bytes = 0;
  let afterEmpty = true;
  for await (const line of linesOf(path)) {
    const text = line.length < 400 ? line.toString('latin1') : '';
    if (afterEmpty && FROM.test(text.trimEnd())) {
      if (message !== null) yield whole(message, bytes);
      [message, bytes, afterEmpty] = [[], 0, false];
      continue;
    }
    afterEmpty = EMPTY.test(text);
    bytes += line.length;
    if (bytes <= MOST_MAIL_BYTES) message?.push(/^>+From /.test(text) ? line.subarray(1) : line);
  }
  if (message !== null) yield whole(message, bytes);
}

/** The last empty line is the mailbox's, not the message's. */
function whole(message: readonly Buffer[], bytes: number): Buffer | null {
  if (bytes > MOST_MAIL_BYTES) return null;
  const isParted = message.length > 1 && EMPTY.test(message.at(-1)?.toString('latin1') ?? '');
  return Buffer.concat(isParted ? message.slice(0, -1) : message);
}

/** Lines with their ends, of a file of any size. */
async function* linesOf(path: string): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 })) {
    const block: Buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = block.indexOf(NEWLINE); end !== -1; end = block.indexOf(NEWLINE, start)) {
      yield block.subarray(start, end + 1);
      start = end + 1;
    }
    rest = block.subarray(start);
    // A line without an end is no text.
    if (rest.length > MOST_MAIL_BYTES) rest = Buffer.alloc(0);
  }
  if (rest.length > 0) yield rest;
}
