// SPDX-License-Identifier: GPL-2.0-only
/** The fields before the text of a mail, and the day that a report is of. */
import { decodeWords } from 'postal-mime';
import { type DateContext, dayFirstIn, findDates } from './find-dates.ts';
import { type Line, oneLine } from './mail-line.ts';
import type { Field } from './mail-tree.ts';
import { addDays, type Day } from './week.ts';

const FIELD = /^([A-Za-z][A-Za-z0-9-]{0,40}):(?:[ \t]+(.*))?$/;
const FIRST =
  /^(?:from|to|cc|bcc|subject|date|sent|reply-to|message-id|mime-version|content-type|received|return-path|delivered-to|x-[a-z-]+|user-agent|list-id|in-reply-to|references|sender)$/i;

/** How many lines at the beginning are fields; 0 where the mail begins with its text. */
export function headLength(lines: readonly Line[]): number {
  const start = lines.findIndex(({ text }) => text.trim() !== '');
  const isEnvelope = /^From \S+ .*\d\d:\d\d/.test(lines[start]?.text ?? '');
  const fields = lines.slice(Math.max(start, 0) + (isEnvelope ? 1 : 0));
  const [, first = ''] = FIELD.exec(fields[0]?.text.replace('\uFEFF', '') ?? '') ?? [];
  if (!FIRST.test(first)) return 0;
  const end = fields.findIndex(
    ({ text }, at) => at > 0 && (text.trim() === '' || !/^[ \t]/.test(text)) && !FIELD.test(text),
  );
  return end === -1 ? lines.length : lines.length - fields.length + end;
}

export function readFields(lines: readonly Line[]): Field[] {
  const fields: { name: string; value: string; lines: Line[] }[] = [];
  for (const line of lines) {
    const found = FIELD.exec(line.text.replace('\uFEFF', ''));
    const last = fields.at(-1);
    if (/^[ \t]/.test(line.text) && last !== undefined) {
      last.value += ` ${line.text}`;
      last.lines.push(line);
    } else if (found !== null) {
      fields.push({ name: (found[1] ?? '').toLowerCase(), value: found[2] ?? '', lines: [line] });
    }
  }
  return fields.map((field) => ({ ...field, value: oneLine(decodeWords(oneLine(field.value))) }));
}

export function fieldOf(fields: readonly Field[], name: string): string {
  return fields.find((field) => field.name === name)?.value ?? '';
}

/** Where a day may stand that is the report's own, besides its subject. */
const MOST_LINES = 12;

/**
 * The last day that a report tells of: its subject says it, else a line of its beginning that speaks of the week, else `fallback`,
 * else the day on which it was sent.
 */
export function reportDay(fields: readonly Field[], body: readonly Line[], fallback: Day | null): Day | null {
  const date = fieldOf(fields, 'date') || fieldOf(fields, 'sent');
  const sent = lastDay(date, { near: '2000-01-01', dayFirst: false });
  const subject = fieldOf(fields, 'subject');
  const context = {
    near: sent ?? fallback ?? sometimeIn(subject),
    dayFirst: dayFirstIn(body.map(({ text }) => text).join('\n')),
  };
  const early = body.slice(0, MOST_LINES).map(({ text }) => text);
  const about = early.filter((text) => /^#\+DATE:|week|ending|w\/e|\bKW|\bCW|周|週|報告|report/i.test(text));
  const [day] = [subject, ...about].flatMap((text) => lastDay(text, context) ?? []);
  return day ?? fallback ?? sent;
}

/** The middle of the year that a subject says; else so that no report is of a day that is weeks ahead. */
function sometimeIn(subject: string): Day {
  const year = /(?<!\d)(20\d\d)(?!\d)/.exec(subject)?.[1];
  return year === undefined ? addDays(new Date().toISOString().slice(0, 10), -168) : `${year}-07-01`;
}

/** Of a week its Sunday; a range's last day; a day outweighs a week. */
export function lastDay(text: string, context: DateContext): Day | null {
  const dates = findDates(text, context);
  return (dates.find(({ unit }) => unit === 'day') ?? dates[0])?.to ?? null;
}
