// SPDX-License-Identifier: GPL-2.0-only
/** Turns the bytes of an old report into text: a plain file of any encoding, a mail, or a mailbox full of them. */
import { readFileSync, statSync } from 'node:fs';
import PostalMime from 'postal-mime';
import { HoplabError, reasonOf } from '../model/errors.ts';
import { readMbox } from './mbox.ts';

const MOST_BYTES = 64 << 20;

export interface ReportText {
  /** "old.txt", or "sent.mbox, mail 3". */
  readonly name: string;
  readonly text: string;
}

/** The texts of one file. Throws REPORT_UNREADABLE. */
export async function readReportTexts(file: string): Promise<ReportText[]> {
  try {
    const stat = statSync(file);
    if (!stat.isFile()) throw new Error('it is no file');
    if (stat.size > MOST_BYTES && !file.endsWith('.mbox')) throw new Error(`it has ${stat.size} bytes`);
    const first = stat.size > MOST_BYTES ? Buffer.from('From ') : readFileSync(file);
    if (!isMbox(first)) return [{ name: file, text: await decodeReport(first) }];
    const texts: ReportText[] = [];
    for await (const mail of readMbox(file)) {
      const text = await decodeReport(mail).catch(() => '');
      if (looksLikeReport(text)) texts.push({ name: `${file}, mail ${texts.length + 1}`, text });
    }
    if (texts.length === 0) throw new Error('no mail in it has a === section === or a [CARD-1] heading');
    return texts;
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** A "From " line with a time, and not a mail alone. */
function isMbox(bytes: Buffer): boolean {
  return /^From \S+ .*\d\d:\d\d/.test(bytes.subarray(0, 200).toString('latin1'));
}

function looksLikeReport(text: string): boolean {
  return /^(?:\s?> ?)*\s{0,3}(?:={2,}\s*\S|\W{0,3}\[?[A-Z][A-Z0-9]+-\d+\]?[\s:(])/m.test(text);
}

/** Throws Error where there is no text in it. */
async function decodeReport(bytes: Buffer): Promise<string> {
  const head = bytes.subarray(0, 16_384).toString('latin1');
  if (/^(?:mime-version|content-type|content-transfer-encoding):/im.test(head.split(/\r?\n\r?\n/)[0] ?? ''))
    return decodeMail(bytes);
  if (bytes.includes(0)) throw new Error('it is binary');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // Mails of that time are in ISO-8859-1, of which Windows-1252 is a superset for what is printed.
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

async function decodeMail(bytes: Buffer): Promise<string> {
  const { headers, text } = await PostalMime.parse(bytes);
  if (text === undefined || text.trim() === '') throw new Error('the mail has no part in plain text');
  const wanted = ['from', 'to', 'cc', 'subject', 'date'];
  const fields = headers
    .filter(({ key }) => wanted.includes(key))
    .map(({ key, value }) => `${key}: ${value.replace(/\s+/g, ' ')}`);
  return `${fields.join('\n')}\n\n${text}`;
}

function unreadable(file: string, error: unknown): HoplabError {
  return new HoplabError({
    code: 'REPORT_UNREADABLE',
    message: `import the report ${file}: ${reasonOf(error)}`,
    hint: 'hoplab weekly import takes plain text, .eml and mbox files',
    cause: error,
  });
}
