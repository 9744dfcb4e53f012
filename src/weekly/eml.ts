// SPDX-License-Identifier: GPL-2.0-only
/** A report as a mail that any program opens: RFC 5322, UTF-8, no line over 998 octets. Nothing is sent. */
import { createHash } from 'node:crypto';
import { addressParser } from 'postal-mime';
import { fill } from '../words/wrap.ts';
import { fieldOf, headLength, readFields } from './mail-head.ts';
import { linesOf, oneLine } from './mail-line.ts';
import { type Day, momentOf, offsetMinutes, showOffset } from './week.ts';

const LINE_OCTETS = 76;
const ASCII = /^[\x20-\x7e]*$/;
const ADDRESSES = ['from', 'to', 'cc', 'bcc', 'reply-to', 'sender'];
/** Made anew for every mail. */
const MADE = ['date', 'message-id', 'mime-version', 'content-type', 'content-transfer-encoding', 'x-mailer', 'sent'];

export interface EmlOptions {
  /** The last day that it reports of; its moment is now if that is today. */
  readonly day: Day;
  readonly timeZone: string;
  readonly now: Date;
  /** A program that takes its recipients elsewhere must not show those of Bcc. */
  readonly withoutBcc?: boolean;
}

/** With the fields of the report's head, whatever they are, in their order. */
export function renderEml(text: string, { day, timeZone, now, withoutBcc = false }: EmlOptions): string {
  const lines = linesOf(text);
  const headLines = headLength(lines);
  const fields = readFields(lines.slice(0, headLines)).filter(
    ({ name }) => !MADE.includes(name) && !(withoutBcc && name === 'bcc'),
  );
  const body = lines.slice(headLines + (headLines > 0 ? 1 : 0)).map((line) => line.text.replace(/^\uFEFF/, ''));
  const plain = body.every((line) => ASCII.test(line) && line.length <= 998);
  const [from = ''] = addressesIn(fieldOf(fields, 'from'));
  const head = [
    ...fields.map(({ name, value }) => foldField(name, value)),
    `Date: ${mailMoment(momentOf(day, timeZone, now), timeZone)}`,
    `Message-ID: <${messageId(text, { day, from })}>`,
    'MIME-Version: 1.0',
    `Content-Type: text/plain; charset=${plain ? 'us-ascii' : 'utf-8'}`,
    `Content-Transfer-Encoding: ${plain ? '7bit' : 'quoted-printable'}`,
    'X-Mailer: hoplab weekly',
  ];
  return `${[...head, '', ...(plain ? body : body.map(quotedPrintable))].join('\r\n')}\r\n`;
}

/** "reply-to" -> "Reply-To". */
export function fieldName(name: string): string {
  return name.replace(/(?<![a-z])[a-z]/g, (letter) => letter.toUpperCase());
}

/** The bare addresses of a field, in lower case; a user of this machine has a name alone. */
export function addressesIn(value: string): string[] {
  return addressParser(value, { flatten: true }).map(({ address, name }) => (address || name).toLowerCase());
}

/** Its addresses with their names: one with signs that mean something is quoted, one that is not ASCII encoded. */
export function mailboxesIn(value: string): string[] {
  return addressParser(value, { flatten: true }).map(({ address, name: said }) => {
    const name = oneLine(said);
    if (!address || name === '') return address || name;
    if (!ASCII.test(name)) return `${encoded(name)} <${address}>`;
    return `${/[()<>[\]:;@\\,."]/.test(name) ? `"${name.replace(/["\\]/g, '\\$&')}"` : name} <${address}>`;
  });
}

/** "Fri, 27 Nov 2026 17:00:00 +0100". */
function mailMoment(moment: Date, timeZone: string): string {
  const minutes = offsetMinutes(moment, timeZone);
  const local = new Date(moment.getTime() + minutes * 60_000).toUTCString();
  return local.replace('GMT', showOffset(minutes));
}

/** The same report has the same id, and another text another one. */
function messageId(text: string, { day, from }: { readonly day: Day; readonly from: string }): string {
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 16);
  const domain = /@([a-z0-9.-]+)$/.exec(from)?.[1] ?? 'localhost';
  return `weekly.${day}.${digest}@${domain}`;
}

/** Folded between words (RFC 5322, 2.2.3). */
function foldField(name: string, value: string): string {
  const plain = ASCII.test(value) ? value : encoded(value);
  const text = ADDRESSES.includes(name) ? mailboxesIn(value).join(', ') : plain;
  return fill(text.split(' '), { width: LINE_OCTETS, first: `${fieldName(name)}: `, rest: ' ' }).join('\r\n');
}

/** As words of RFC 2047, each of whole characters and of 75 octets at most. */
function encoded(text: string): string {
  const words = text.match(/.{1,10}/gsu) ?? [];
  return words.map((word) => `=?utf-8?B?${Buffer.from(word).toString('base64')}?=`).join(' ');
}

/** One line in quoted-printable (RFC 2045, 6.7), broken softly between what is encoded. */
function quotedPrintable(line: string): string {
  const text = line.replace(/[^\x20-\x3c\x3e-\x7e]| $|^F(?=rom )/gu, (sign) =>
    Buffer.from(sign).toString('hex').toUpperCase().replace(/../g, '=$&'),
  );
  return (text.match(/.{1,75}(?<!=)(?<!=[0-9A-F])/g) ?? []).join('=\r\n');
}
