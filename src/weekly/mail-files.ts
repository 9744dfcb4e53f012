// SPDX-License-Identifier: GPL-2.0-only
/** The messages of files, mboxes, Maildirs and folders, one after the other, as their bytes. */
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { MOST_MAIL_BYTES, readMbox } from './mbox.ts';

export interface Message {
  /** "old.txt", "sent.mbox, mail 3". */
  readonly name: string;
  /** null: it is not read, for this reason. */
  readonly bytes: Buffer | null;
  readonly why: string;
}

/** `endings` are those of the files of a folder that is no Maildir. Throws what the file system says of `path`. */
export async function* messagesOf(path: string, endings: RegExp): AsyncGenerator<Message> {
  if (!statSync(path).isDirectory()) {
    yield* messagesOfFile(path);
    return;
  }
  const isMaildir = existsSync(join(path, 'cur'));
  const folders = isMaildir
    ? ['cur', 'new'].map((name) => join(path, name)).filter((each) => existsSync(each))
    : [path];
  for (const folder of folders) {
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
    for await (const bytes of readMbox(file)) yield message(`${file}, mail ${++number}`, bytes);
    return;
  }
  yield message(file, statSync(file).size > MOST_MAIL_BYTES ? null : readFileSync(file));
}

function message(name: string, bytes: Buffer | null): Message {
  return { name, bytes, why: bytes === null ? tooLong() : '' };
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
