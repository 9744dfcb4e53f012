// SPDX-License-Identifier: GPL-2.0-only
/** The calendar of a mail: what is past goes, what calendars tell of comes in, in the form of the entries beside it. */
import type { Holiday } from './calendar.ts';
import type { DateContext } from './date-forms.ts';
import { Edits } from './edits.ts';
import { addEntries, leadOf, sectionOf } from './entry-style.ts';
import { findDates } from './find-dates.ts';
import { allLines, type CalendarEntry, type Mail, nodesOf } from './mail-tree.ts';
import { type Day, weekdayName } from './week.ts';

const TITLE = 'Travel & Holiday & Event';

export interface EventContext {
  /** What ended before this day was told of. */
  readonly from: Day;
  readonly events: readonly Holiday[];
  readonly dates: DateContext;
}

export function updateEvents(mail: Mail, { from, events, dates }: EventContext): Edits {
  const edits = new Edits(mail.lines);
  const entries = nodesOf(mail.nodes, 'event');
  const section = sectionOf(mail, 'events');
  const place = section?.title ?? TITLE;
  for (const entry of entries) if (entry.to < from) edits.drop(allLines(entry), { place, why: 'past' });
  const told = { place, why: 'of the calendar' };
  const stay = entries.filter((entry) => entry.to >= from);
  const coming = events.filter((event) => event.to >= from && !entries.some((entry) => isSame(entry, event)));
  const last: string[] = [];
  for (const event of coming) {
    const text = entryLine(event, entries, dates);
    const next = section === null ? undefined : stay.find((entry) => entry.from > event.from)?.lines[0];
    if (next === undefined) last.push(text);
    else edits.insert('before', next, [text], told);
  }
  addEntries(mail, edits, { below: section, texts: last, told });
  return edits;
}

function isSame(entry: CalendarEntry, event: Holiday): boolean {
  const [a, b] = [entry.what.toLowerCase(), event.what.toLowerCase()];
  return entry.from === event.from && entry.to === event.to && (a.includes(b) || b.includes(a));
}

function entryLine(event: Holiday, entries: readonly CalendarEntry[], dates: DateContext): string {
  const isRange = event.from !== event.to;
  const like = entries.findLast((entry) => (entry.from !== entry.to) === isRange) ?? entries.at(-1);
  const text = like?.lines[0]?.text;
  const [date] = text === undefined ? [] : findDates(text.slice(leadOf(text).length), dates);
  if (text === undefined || date === undefined)
    return `  - ${event.from}${isRange ? ` to ${event.to}` : ''}: ${event.what}`;
  const lead = leadOf(text);
  const behind = text.slice(lead.length + date.end);
  const gap = /^([ \t]*[(（](?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[)）])?([\s:：,–-]*)/.exec(behind);
  const weekday = gap?.[1] === undefined || isRange ? '' : gap[1].replace(/[A-Z][a-z]{2}/, weekdayName(event.from));
  return `${lead}${written(event, date)}${weekday}${gap?.[2] || ' '}${event.what}`;
}

/** A form for one day alone is written twice for a range. */
function written(event: Holiday, date: ReturnType<typeof findDates>[number]): string {
  const day = (each: Day) => date.write({ from: each, to: each });
  if (event.from === event.to) return day(event.from);
  return date.from === date.to || event.from.slice(0, 7) !== event.to.slice(0, 7)
    ? `${day(event.from)} - ${day(event.to)}`
    : date.write(event);
}
