// SPDX-License-Identifier: GPL-2.0-only
/** A report as a mail that any program opens: RFC 5322, UTF-8, no line over 998 octets. Nothing is sent. */
import { createHash } from 'node:crypto';
import { fieldOf, headLength, readFields } from './mail-head.ts';
import { linesOf, oneLine } from './mail-line.ts';
import { type Day, momentOf, offsetMinutes, showOffset } from './week.ts';

const LINE_OCTETS = 76;
/** Octets of UTF-8 in one encoded word: 42 become 56 in base64, with 12 around them, behind "Subject: " in a line. */
const WORD_OCTETS = 42;
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
    ...fields.map(({ name, value }) =>
      foldField(fieldName(name), ADDRESSES.includes(name) ? splitAddresses(value).map(mailbox) : value.split(' ')),
    ),
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

/** At commas outside of quotes. */
export function splitAddresses(value: string): string[] {
  const parts = value.match(/(?:"(?:[^"\\]|\\.)*"|[^",])+/g) ?? [];
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

/** The bare addresses of a field, in lower case. */
export function addressesIn(value: string): string[] {
  return splitAddresses(value).map((part) => (/<([^<>]+)>/.exec(part)?.[1] ?? part).trim().toLowerCase());
}

/** A name with signs that mean something in an address is quoted, one that is not ASCII encoded. */
function mailbox(text: string, index: number, all: readonly string[]): string {
  const end = index < all.length - 1 ? ',' : '';
  const [, said = '', address = ''] = /^(.*\S)\s*(<[^<>\s]+>)$/.exec(oneLine(text)) ?? [];
  const name = said.replace(/^"(.*)"$/, '$1').replace(/\\(.)/g, '$1');
  if (name === '') return oneLine(text) + end;
  if (!ASCII.test(name)) return `${encoded(name)} ${address}${end}`;
  return `${/[()<>[\]:;@\\,."]/.test(name) ? `"${name.replace(/["\\]/g, '\\$&')}"` : name} ${address}${end}`;
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

/** Folded between words (RFC 5322, 2.2.3); a run of words that are not ASCII is encoded as one. */
function foldField(name: string, words: readonly string[]): string {
  const text = words.every((word) => ASCII.test(word)) ? words : [encoded(words.join(' '))];
  let line = `${name}:`;
  const lines: string[] = [];
  for (const word of text.flatMap((each) => (each.startsWith('"') ? [each] : each.split(' ')))) {
    if (line.length + 1 + word.length > LINE_OCTETS && line !== `${name}:`) {
      lines.push(line);
      line = '';
    }
    line += ` ${word}`;
  }
  return [...lines, line].join('\r\n');
}

/** As words of RFC 2047, between whole characters. */
function encoded(text: string): string {
  const words = [''];
  for (const sign of text) {
    const last = words.at(-1) ?? '';
    if (Buffer.byteLength(last + sign) > WORD_OCTETS) words.push(sign);
    else words[words.length - 1] = last + sign;
  }
  return words.map((word) => `=?utf-8?B?${Buffer.from(word).toString('base64')}?=`).join(' ');
}

/** One line in quoted-printable (RFC 2045, 6.7), broken softly. */
function quotedPrintable(line: string): string {
  const signs = Array.from(line, (sign) => {
    if (/^[\x20-\x3c\x3e-\x7e]$/.test(sign)) return sign;
    return Buffer.from(sign).toString('hex').toUpperCase().replace(/../g, '=$&');
  });
  if (line.endsWith(' ')) signs.splice(-1, 1, '=20');
  const lines: string[] = [];
  let current = '';
  for (const sign of signs) {
    if (current.length + sign.length > LINE_OCTETS - 1) {
      lines.push(`${current}=`);
      current = '';
    }
    current += sign;
  }
  return [...lines, current].join('\r\n').replace(/^From /, '=46rom ');
}
