// SPDX-License-Identifier: GPL-2.0-only
/** Renders a weekly report as a mail that any program opens: RFC 5322, UTF-8, no line over 998 octets. Nothing is sent. */
import { createHash } from 'node:crypto';
import { oneLine } from './block.ts';
import { addressIn } from './patch-status.ts';
import { renderWeeklyBody } from './render-text.ts';
import { offsetMinutes, showOffset } from './week.ts';
import type { WeeklyReport } from './weekly-report.ts';

const LINE_OCTETS = 76;
/** Octets of UTF-8 in one encoded word: 42 become 56 in base64, with 12 around them, behind "Subject: " in a line. */
const WORD_OCTETS = 42;
const ASCII = /^[\x20-\x7e]*$/;

/** `moment` is when it was written: now for the current week. */
export function renderEml(report: WeeklyReport, moment: Date): string {
  const body = renderWeeklyBody(report).split('\n');
  const plain = body.every((line) => ASCII.test(line) && line.length <= 998);
  const fields: [string, string][] = [
    ...(report.from === null ? [] : ([['From', mailbox(report.from)]] as [string, string][])),
    ...(report.to.length === 0 ? [] : ([['To', report.to.map(mailbox).join(', ')]] as [string, string][])),
    ...(report.cc.length === 0 ? [] : ([['Cc', report.cc.map(mailbox).join(', ')]] as [string, string][])),
    ['Subject', report.subject],
  ];
  const head = [
    ...fields.map(([name, value]) => foldField(name, value)),
    `Date: ${mailMoment(moment, report.timeZone)}`,
    `Message-ID: <${messageId(report)}>`,
    'MIME-Version: 1.0',
    `Content-Type: text/plain; charset=${plain ? 'us-ascii' : 'utf-8'}`,
    `Content-Transfer-Encoding: ${plain ? '7bit' : 'quoted-printable'}`,
    'X-Mailer: hoplab weekly',
  ];
  return `${[...head, '', ...(plain ? body : body.map(quotedPrintable))].join('\r\n')}`;
}

/** A name with signs that mean something in an address is quoted. */
function mailbox(text: string): string {
  const found = /^(.*\S)\s*(<[^<>\s]+>)$/.exec(oneLine(text));
  const [, name = '', address = ''] = found ?? [];
  if (found === null || /^".*"$/.test(name) || !/[()<>[\]:;@\\,."]/.test(name)) return oneLine(text);
  return `"${name.replace(/["\\]/g, '\\$&')}" ${address}`;
}

/** "Fri, 27 Nov 2026 17:00:00 +0100". */
function mailMoment(moment: Date, timeZone: string): string {
  const minutes = offsetMinutes(moment, timeZone);
  const local = new Date(moment.getTime() + minutes * 60_000).toUTCString();
  return local.replace('GMT', showOffset(minutes, '', ''));
}

/** The same report has the same id, and another text another one. */
function messageId(report: WeeklyReport): string {
  const digest = createHash('sha256').update(JSON.stringify(report)).digest('hex').slice(0, 16);
  const domain = /@([a-z0-9.-]+)$/.exec(addressIn(report.from ?? ''))?.[1] ?? 'localhost';
  return `weekly.${report.week}.${digest}@${domain}`;
}

/** Folded at blanks; what is not ASCII becomes encoded words (RFC 2047), outside of the addresses of a list. */
export function foldField(name: string, value: string): string {
  const words = oneLine(value)
    .split(/(?<=,) (?=(?:[^"]*"[^"]*")*[^"]*$)| (?=<[^<>]*>)/)
    .flatMap((part) => (ASCII.test(part) ? part.split(' ') : encodedWords(part)))
    .filter((word) => word !== '');
  const lines: string[] = [];
  let line = `${name}:`;
  for (const word of words) {
    if (line.length + 1 + word.length > LINE_OCTETS && line !== `${name}:`) {
      lines.push(line);
      line = '';
    }
    line += ` ${word}`;
  }
  return [...lines, line].join('\r\n');
}

/** A comma at the end of an address stays outside. */
function encodedWords(text: string): string[] {
  const tail = text.endsWith(',') ? ',' : '';
  const inner = (tail === '' ? text : text.slice(0, -1)).replace(/^"(.*)"$/, '$1');
  const address = /^(.*?)\s*(<[^<>]*>)$/.exec(inner);
  const words: string[] = [];
  let chunk = '';
  for (const sign of address?.[1] ?? inner) {
    if (Buffer.byteLength(chunk + sign) > WORD_OCTETS) {
      words.push(chunk);
      chunk = '';
    }
    chunk += sign;
  }
  const encoded = [...words, chunk].map((each) => `=?utf-8?B?${Buffer.from(each).toString('base64')}?=`);
  const all = address === null ? encoded : [...encoded, address[2] ?? ''];
  return all.map((word, index) => (index === all.length - 1 ? word + tail : word));
}

/** One line in quoted-printable (RFC 2045, 6.7), broken softly. */
export function quotedPrintable(line: string): string {
  const signs = Array.from(line).flatMap((sign) => {
    if (/^[\x20-\x3c\x3e-\x7e]$/.test(sign)) return [sign];
    return [Array.from(Buffer.from(sign), (byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')];
  });
  const last = signs.at(-1);
  if (last === ' ') signs[signs.length - 1] = '=20';
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
