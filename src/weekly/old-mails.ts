// SPDX-License-Identifier: GPL-2.0-only
/** Reads the mails of files, mailboxes and Maildirs as texts: decoded, with the fields of their heads. */
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import PostalMime, { decodeWords } from 'postal-mime';
import { HoplabError, reasonOf } from '../model/errors.ts';
import { readMbox } from './mbox.ts';

const MOST_BYTES = 16 << 20;
/** The fields that a report keeps. */
const FIELDS = ['from', 'to', 'cc', 'bcc', 'reply-to', 'subject', 'date'];

export interface OldMail {
  /** "old.txt", "sent.mbox, mail 3". */
  readonly name: string;
  /** null: it could not be read, for this reason. */
  readonly text: string | null;
  readonly why: string;
}

/** Every mail of a path, one after the other; one that cannot be read is told of and stops nothing. Throws REPORT_UNREADABLE. */
export async function* oldMails(path: string): AsyncGenerator<OldMail> {
  let stat: ReturnType<typeof statSync>;
  try {
    stat = statSync(path);
  } catch (error) {
    throw unreadable(path, reasonOf(error));
  }
  if (stat.isDirectory()) yield* mailsOfFolder(path);
  else if (beginsLikeMbox(path)) {
    let number = 0;
    for await (const mail of readMbox(path)) yield decoded(`${path}, mail ${++number}`, mail);
  } else if (stat.size > MOST_BYTES) throw unreadable(path, `it has ${stat.size} bytes`);
  else yield decoded(path, readFileSync(path));
}

async function* mailsOfFolder(path: string): AsyncGenerator<OldMail> {
  const isMaildir = existsSync(join(path, 'cur'));
  const folders = isMaildir ? [join(path, 'cur'), join(path, 'new')].filter((each) => existsSync(each)) : [path];
  for (const folder of folders) {
    for (const name of readdirSync(folder).sort()) {
      const file = join(folder, name);
      const stat = statSync(file, { throwIfNoEntry: false });
      if (stat === undefined || !stat.isFile() || (!isMaildir && !/\.(?:eml|txt|mbox)$/i.test(name))) continue;
      if (stat.size > MOST_BYTES && !beginsLikeMbox(file))
        yield { name: file, text: null, why: `it has ${stat.size} bytes` };
      else if (isMaildir) yield decoded(file, readFileSync(file));
      else yield* oldMails(file);
    }
  }
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

async function decoded(name: string, bytes: Buffer): Promise<OldMail> {
  try {
    return { name, text: await decode(bytes), why: '' };
  } catch (error) {
    return { name, text: null, why: reasonOf(error) };
  }
}

/** Plain text stays as it is, byte for byte where it is UTF-8; a mail is decoded. */
async function decode(bytes: Buffer): Promise<string> {
  const head = bytes.subarray(0, 32_768).toString('latin1');
  const fields = head.slice(0, /\r?\n\r?\n/.exec(head)?.index ?? head.length);
  if (
    /^(?:mime-version|content-type|content-transfer-encoding):/im.test(fields) ||
    /^(?:subject|from): .*=\?/im.test(fields)
  )
    return decodeMail(bytes);
  if (bytes.includes(0)) throw new Error('it is binary');
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    // Mails of that time are in ISO-8859-1, of which Windows-1252 is a superset for what is printed.
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

async function decodeMail(bytes: Buffer): Promise<string> {
  const { headers, text } = await PostalMime.parse(bytes);
  if (text === undefined || text.trim() === '') throw new Error('the mail has no part in plain text');
  const fields = FIELDS.flatMap((name) => {
    const value = headers.find(({ key }) => key === name)?.value;
    return value === undefined ? [] : [`${shown(name)}: ${decodeWords(value.replace(/\s+/g, ' '))}`];
  });
  return `${fields.join('\n')}\n\n${text}`;
}

function shown(name: string): string {
  return name.replace(/(?<![a-z])[a-z]/g, (letter) => letter.toUpperCase());
}

function unreadable(path: string, why: string): HoplabError {
  return new HoplabError({
    code: 'REPORT_UNREADABLE',
    message: `read the reports of ${path}: ${why}`,
    hint: 'hoplab weekly start takes plain text, .eml and mbox files, and Maildirs',
  });
}
