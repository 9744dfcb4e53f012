// SPDX-License-Identifier: GPL-2.0-only
/** Reads the mails of files, mailboxes and Maildirs, decoded, and says which are the writer's own reports. */
import PostalMime, { decodeWords } from 'postal-mime';
import { type Attempt, done, notDone } from '../model/attempt.ts';
import { reasonOf } from '../model/errors.ts';
import { addressesIn, fieldName } from './eml.ts';
import { isTooLong, messagesOf, TOO_LONG } from './mail-files.ts';
import { fieldOf, headLength, readFields } from './mail-head.ts';
import { linesOf } from './mail-line.ts';
import { type Mail, nodesOf } from './mail-tree.ts';
import { parsePatchSubject } from './mailbox.ts';
import { parseMail } from './parse-mail.ts';
import type { Day } from './week.ts';

/** The fields that a report keeps. */
const FIELDS = ['from', 'to', 'cc', 'bcc', 'reply-to', 'subject', 'date'];

export interface OldMail {
  /** "old.txt", "sent.mbox, mail 3". */
  readonly name: string;
  readonly text: Attempt<string>;
}

/** Every mail of a path, one after the other; what cannot be read is told of and stops nothing. */
export async function* oldMails(path: string): AsyncGenerator<OldMail> {
  try {
    for await (const { name, bytes } of messagesOf(path, /\.(?:eml|txt|mbox)$/i)) {
      const text = bytes.ok ? await decode(bytes.value).then(done, (error) => notDone(reasonOf(error))) : bytes;
      // A text of one octet a character may be longer in UTF-8.
      yield { name, text: text.ok && isTooLong(text.value) ? notDone(TOO_LONG) : text };
    }
  } catch (error) {
    yield { name: path, text: notDone(reasonOf(error)) };
  }
}

/** Plain text stays as it is, byte for byte where it is UTF-8; a mail is decoded. */
async function decode(bytes: Buffer): Promise<string> {
  const [fields = ''] = bytes.toString('latin1', 0, 32_768).split(/\r?\n\r?\n/, 1);
  if (/^(?:mime-version|content-type|content-transfer-encoding):|^(?:subject|from): .*=\?/im.test(fields))
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
  const fixed = isFlowed ? Buffer.from(raw.replace(FLOWED, '$1fixed'), 'latin1') : bytes;
  const { headers, text } = await PostalMime.parse(fixed);
  if (text === undefined || text.trim() === '') throw new Error('the mail has no part in plain text');
  const fields = FIELDS.flatMap((name) => {
    const value = headers.find(({ key }) => key === name)?.value;
    return value === undefined ? [] : [`${fieldName(name)}: ${decodeWords(value.replace(/\s+/g, ' '))}`];
  });
  return `${fields.join('\n')}\n\n${isFlowed ? unflow(text, /\bdelsp="?yes/i.test(raw)) : text}`;
}

/** Joins lines that end with a blank to the next of the same depth of quotes (RFC 3676). */
function unflow(text: string, withoutBlank: boolean): string {
  const lines: string[] = [];
  /** The quote of the last line where that goes on. */
  let open: string | null = null;
  for (const line of text.split('\n')) {
    const [, quote = '', rest = ''] = /^(>*) ?(.*)$/s.exec(line) ?? [];
    const goesOn = rest.endsWith(' ') && rest !== '-- ';
    const said = goesOn && withoutBlank ? rest.slice(0, -1) : rest;
    if (quote === open) lines.push(`${lines.pop()}${said}`);
    else lines.push(quote === '' ? said : `${quote} ${said}`);
    open = goesOn ? quote : null;
  }
  return lines.join('\n');
}

export interface OwnReport {
  readonly text: string;
  readonly mail: Mail;
  readonly from: string;
}

const REPLY = /^\s*(?:re|aw|fwd?|wg|sv|antw|vs|回复|答复|返信|转发)(?:\[\d+\])?\s*[:：]/i;
const SAYS_REPORT = /week|report|status|activity|\b[kc]w ?\d|周|週|報告|进展/i;

/** `own` are the writer's addresses; without any, the one with the most reports is the writer. */
export function sortMails(
  mails: readonly OldMail[],
  { own, dayOf }: { readonly own: readonly string[]; dayOf(name: string): Day | null },
): { readonly name: string; readonly report: Attempt<OwnReport> }[] {
  const sorted = mails.map((mail) => ({ name: mail.name, report: ownReport(mail, own, dayOf(mail.name)) }));
  if (own.length > 0) return sorted;
  const counts = new Map<string, number>();
  const fromOf = (report: Attempt<OwnReport>) => (report.ok ? report.value.from : '');
  for (const from of sorted.map(({ report }) => fromOf(report))) counts.set(from, (counts.get(from) ?? 0) + 1);
  counts.delete('');
  const [writer] = [...counts].sort((a, b) => b[1] - a[1])[0] ?? [];
  return sorted.map(({ name, report }) => {
    const from = fromOf(report);
    if (from === '' || from === writer) return { name, report };
    return { name, report: notDone(`it is from ${from}; --from names the addresses of the writer`) };
  });
}

function ownReport({ text: read }: OldMail, own: readonly string[], fallback: Day | null): Attempt<OwnReport> {
  if (!read.ok) return read;
  const text = read.value;
  const lines = linesOf(text);
  const fields = readFields(lines.slice(0, headLength(lines)));
  const subject = decodeWords(fieldOf(fields, 'subject'));
  const patch = parsePatchSubject(subject);
  if (patch !== null) return notDone(patch.reply ? 'an answer to a patch' : 'a patch');
  if (REPLY.test(subject)) return notDone('a reply');
  const [from = ''] = addressesIn(fieldOf(fields, 'from'));
  if (own.length > 0 && from !== '' && !own.includes(from)) return notDone(`it is from ${from}`);
  const mail = parseMail(text, fallback);
  if (looksLikeReport(mail, subject)) return done({ text, mail, from });
  return notDone('no section, no card and no list: it does not look like a report');
}

/** Bullets alone are in any mail: its subject has to say what it is. */
function looksLikeReport({ nodes }: Mail, subject: string): boolean {
  if (nodesOf(nodes, 'section').length > 0 || nodesOf(nodes, 'card').length > 0) return true;
  return nodesOf(nodes, 'bullet').length > 1 && (subject === '' || SAYS_REPORT.test(subject));
}
