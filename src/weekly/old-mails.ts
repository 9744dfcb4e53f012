// SPDX-License-Identifier: GPL-2.0-only
/** Reads the mails of files, mailboxes and Maildirs as texts: decoded, with the fields of their heads. */
import PostalMime, { decodeWords } from 'postal-mime';
import { type Attempt, done, notDone } from '../model/attempt.ts';
import { HoplabError, reasonOf } from '../model/errors.ts';
import { fieldName } from './eml.ts';
import { isTooLong, messagesOf, tooLong } from './mail-files.ts';

/** The fields that a report keeps. */
const FIELDS = ['from', 'to', 'cc', 'bcc', 'reply-to', 'subject', 'date'];

export interface OldMail {
  /** "old.txt", "sent.mbox, mail 3". */
  readonly name: string;
  readonly text: Attempt<string>;
}

/** Every mail of a path, one after the other; one that cannot be read is told of and stops nothing. Throws REPORT_UNREADABLE. */
export async function* oldMails(path: string): AsyncGenerator<OldMail> {
  try {
    for await (const { name, bytes } of messagesOf(path, /\.(?:eml|txt|mbox)$/i)) {
      const text =
        bytes === null ? notDone(tooLong()) : await decode(bytes).then(done, (error) => notDone(reasonOf(error)));
      // A text of one octet a character may be longer in UTF-8.
      yield { name, text: text.ok && isTooLong(text.value) ? notDone(tooLong()) : text };
    }
  } catch (error) {
    throw new HoplabError({
      code: 'REPORT_UNREADABLE',
      message: `read the reports of ${path}: ${reasonOf(error)}`,
      hint: 'hoplab weekly start takes plain text, .eml and mbox files, and Maildirs',
    });
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

const FLOWED = /^(content-type:(?:[^\r\n]|\r?\n[ \t])*?\bformat="?)flowed/gim;

/** postal-mime 4.0 joins flowed lines without a look at quotes, so that it is not told that they flow. */
async function decodeMail(bytes: Buffer): Promise<string> {
  const raw = bytes.toString('latin1');
  const isFlowed = FLOWED.test(raw);
  const { headers, text } = await PostalMime.parse(
    isFlowed ? Buffer.from(raw.replace(FLOWED, '$1fixed'), 'latin1') : bytes,
  );
  if (text === undefined || text.trim() === '') throw new Error('the mail has no part in plain text');
  const fields = FIELDS.flatMap((name) => {
    const value = headers.find(({ key }) => key === name)?.value;
    return value === undefined ? [] : [`${fieldName(name)}: ${decodeWords(value.replace(/\s+/g, ' '))}`];
  });
  return `${fields.join('\n')}\n\n${isFlowed ? unflow(text, /\bdelsp="?yes/i.test(raw)) : text}`;
}

/** Joins lines that end with a blank to the next of the same depth of quotes (RFC 3676). */
function unflow(text: string, withoutBlank: boolean): string {
  const joined: { readonly quote: string; readonly parts: string[] }[] = [];
  for (const line of text.split('\n')) {
    const [quote = ''] = /^>*/.exec(line) ?? [];
    const rest = line.slice(quote.length).replace(/^ /, '');
    const last = joined.at(-1);
    const end = last?.parts.at(-1) ?? '';
    if (last?.quote !== quote || !end.endsWith(' ') || end === '-- ') joined.push({ quote, parts: [rest] });
    else last.parts.splice(-1, 1, withoutBlank ? end.slice(0, -1) : end, rest);
  }
  return joined.map(({ quote, parts }) => (quote === '' ? '' : `${quote} `) + parts.join('')).join('\n');
}
