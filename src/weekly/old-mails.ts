// SPDX-License-Identifier: GPL-2.0-only
/** Reads the mails of files, mailboxes and Maildirs as texts: decoded, with the fields of their heads. */
import PostalMime, { decodeWords } from 'postal-mime';
import { HoplabError, reasonOf } from '../model/errors.ts';
import { fieldName } from './eml.ts';
import { messagesOf } from './mail-files.ts';

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
  const messages = messagesOf(path, /\.(?:eml|txt|mbox)$/i);
  try {
    for await (const { name, bytes, why } of messages)
      yield bytes === null ? { name, text: null, why } : decoded(name, bytes);
  } catch (error) {
    throw new HoplabError({
      code: 'REPORT_UNREADABLE',
      message: `read the reports of ${path}: ${reasonOf(error)}`,
      hint: 'hoplab weekly start takes plain text, .eml and mbox files, and Maildirs',
    });
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
    return value === undefined ? [] : [`${fieldName(name)}: ${decodeWords(value.replace(/\s+/g, ' '))}`];
  });
  return `${fields.join('\n')}\n\n${text}`;
}
