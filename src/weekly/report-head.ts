// SPDX-License-Identifier: GPL-2.0-only
/** The head of a plain-text report: mail fields, the week, quoting of a reply. */
import { decodeWords } from 'postal-mime';
import { oneLine } from './block.ts';
import type { RegionLine } from './region-line.ts';
import { type Day, isDay, isTimeZone, parseWeek, showWeek, sundayOf, weekOf } from './week.ts';

export interface ReportHead {
  /** Lower-case name -> value. */
  readonly fields: ReadonlyMap<string, string>;
  /** Of the report; null where nothing says it. */
  readonly day: Day | null;
  readonly timeZone: string | null;
  /** Written by hoplab: it has our line of the week. */
  readonly isOurs: boolean;
}

const WEEK_LINE = /^Week: (\d{4}-W\d\d), (\d{4}-\d\d-\d\d) to (\d{4}-\d\d-\d\d) \((.+), UTC[+-]\d\d:\d\d\)$/;
const FIELD = /^([A-Za-z][A-Za-z0-9-]*):(?:\s+(.*))?$/;
const FIRST_FIELDS =
  /^(?:from|to|cc|bcc|subject|date|sent|reply-to|message-id|mime-version|content-type|received|return-path|delivered-to|x-[a-z-]+|user-agent|list-id)$/i;
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WROTE =
  /^(?:>\s*)*(?:on\s.*\bwrote:|am\s.*\bschrieb.*:|le\s.*\ba écrit\s?:|-+ ?(?:original|forwarded) message ?-+.*)$/i;

/** A reply quotes the report: its marks go, and what the reply says itself is told apart. */
export function unquote(lines: readonly RegionLine[]): {
  readonly lines: RegionLine[];
  readonly outside: RegionLine[];
} {
  const filled = lines.filter(({ text }) => text.trim() !== '');
  const quoted = filled.filter(({ text }) => /^\s?>/.test(text));
  if (quoted.length === 0) return { lines: [...lines], outside: [] };
  const isReply = quoted.length * 2 > filled.length;
  const outside: RegionLine[] = [];
  let inHead = true;
  const kept = lines.flatMap((line): RegionLine[] => {
    const isQuoted = /^\s?>/.test(line.text);
    if (line.text.trim() === '') {
      inHead = false;
      return [line];
    }
    // The reply's own mail fields are the best that is known of the date.
    if (isQuoted !== isReply && !(isReply && inHead)) {
      outside.push(line);
      return [{ ...line, text: '' }];
    }
    return [isQuoted ? { ...line, text: line.text.replace(/^(?:\s?> ?)+/, '') } : line];
  });
  return { lines: kept, outside };
}

/** What is left is neither a field nor part of the report. */
export function parseHead(
  lines: readonly RegionLine[],
  fallback: Day | null,
): { readonly head: ReportHead; readonly rest: RegionLine[]; readonly left: RegionLine[] } {
  const fields = new Map<string, string>();
  const left: RegionLine[] = [];
  let at = lines.findIndex(({ text }) => text.trim() !== '' && !/^From \S+ /.test(text));
  if (at === -1) at = lines.length;
  if (FIRST_FIELDS.test(FIELD.exec(lines[at]?.text ?? '')?.[1] ?? '')) {
    let last: string | null = null;
    for (; at < lines.length && lines[at]?.text.trim() !== ''; at++) {
      const text = lines[at]?.text ?? '';
      const found = FIELD.exec(text);
      if (/^\s/.test(text) && last !== null) fields.set(last, oneLine(`${fields.get(last) ?? ''} ${text}`));
      else if (found !== null) {
        last = (found[1] ?? '').toLowerCase();
        fields.set(last, oneLine(found[2] ?? ''));
      } else break;
    }
  }
  for (const [name, value] of fields) fields.set(name, oneLine(decodeWords(value)));
  const rest: RegionLine[] = [];
  let week: RegExpExecArray | null = null;
  for (const line of lines.slice(at)) {
    const found: RegExpExecArray | null = week === null ? WEEK_LINE.exec(line.text) : null;
    if (found !== null) week = found;
    else if (WROTE.test(line.text)) left.push(line);
    else rest.push(line);
  }
  const zone = week?.[4] ?? null;
  return {
    head: {
      fields,
      day: dayOfReport(week, fields, rest, fallback),
      timeZone: zone !== null && isTimeZone(zone) ? zone : null,
      isOurs: week !== null,
    },
    rest,
    left,
  };
}

function dayOfReport(
  week: RegExpExecArray | null,
  fields: ReadonlyMap<string, string>,
  rest: readonly RegionLine[],
  fallback: Day | null,
): Day | null {
  const ours = week?.[3] ?? '';
  if (isDay(ours)) return ours;
  const sent = dayIn(fields.get('date') ?? fields.get('sent') ?? '');
  const subject = fields.get('subject') ?? '';
  const first = rest.slice(0, 20).find(({ text }) => text.trim() !== '')?.text ?? '';
  return sent ?? dayIn(subject) ?? weekIn(subject) ?? fallback ?? dayIn(first) ?? weekIn(first);
}

/** "Fri, 4 Mar 2022 10:00:00 +0100", "2022-03-04", "2022/3/4", "March 4, 2022": the day as the writer's calendar had it. */
export function dayIn(text: string): Day | null {
  const iso = /\b(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})\b/.exec(text);
  if (iso !== null) return checked(iso[1], iso[2], iso[3]);
  const european = /\b(\d{1,2})(?:st|nd|rd|th|\.)?[ -]+([A-Za-z]{3})[a-z]*\.?,?[ -]+(\d{4})\b/.exec(text);
  if (european !== null) return checked(european[3], monthOf(european[2]), european[1]);
  const american =
    /\b([A-Za-z]{3})[a-z]*\.? (\d{1,2})(?:st|nd|rd|th)?,? (?:\d\d:\d\d:\d\d (?:[A-Z]{3,4} )?)?(\d{4})\b/.exec(text);
  return american === null ? null : checked(american[3], monthOf(american[1]), american[2]);
}

/** "2022-W09", "week 9, 2022", "2022 week 9": its Sunday. */
export function weekIn(text: string): Day | null {
  const iso = /\b(\d{4})-?W(\d{1,2})\b/i.exec(text);
  const words = /\bw(?:ee)?k\.? ?#?(\d{1,2})\b\D{0,6}(\d{4})\b/i.exec(text);
  const turned = /\b(\d{4})\D{0,4}\bw(?:ee)?k\.? ?#?(\d{1,2})\b/i.exec(text);
  const [year, number] =
    iso !== null ? [iso[1], iso[2]] : words !== null ? [words[2], words[1]] : [turned?.[1], turned?.[2]];
  const week = parseWeek(`${year ?? ''}-W${number ?? ''}`);
  return week === null ? null : sundayOf(week);
}

function monthOf(name = ''): string {
  return String(MONTHS.indexOf(name.toLowerCase()) + 1);
}

function checked(year = '', month = '', date = ''): Day | null {
  const day = `${year}-${month.padStart(2, '0')}-${date.padStart(2, '0')}`;
  return isDay(day) ? day : null;
}

/** "2026-W47" of a day. */
export function weekName(day: Day): string {
  return showWeek(weekOf(day));
}
