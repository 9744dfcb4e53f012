// SPDX-License-Identifier: GPL-2.0-only
/** Holidays, travel and events of a notebook: from events.yaml and .ics calendars, as far as a report tells of them. */
import { readFileSync, statSync } from 'node:fs';
import ICAL from 'ical.js';
import { reasonOf } from '../model/errors.ts';
import { oneLine } from './block.ts';
import type { Holiday, Notebook } from './notebook.ts';
import { addDays, type Day, dayOf, isDay, type Span } from './week.ts';

export interface Calendar {
  /** In order of their days, each once; yearly ones on the days of this year. */
  readonly events: readonly Holiday[];
  readonly problems: readonly string[];
}

const MOST_BYTES = 16 << 20;
/** What happens every second is no holiday, and would keep an event of 1970 busy for ever. */
const FREQUENCIES = ['YEARLY', 'MONTHLY', 'WEEKLY', 'DAILY'];
const MOST_OCCURRENCES = 3000;
const MOST_EVENTS = 200;

/** What touches the span or the `aheadWeeks` behind it. */
export function eventsAround(notebook: Notebook, { from, to }: Span): Calendar {
  const window: Span = { from, to: addDays(to, notebook.aheadWeeks * 7) };
  const problems: string[] = [];
  const events = notebook.holidays.flatMap((holiday) => occurrences(holiday, window));
  for (const path of notebook.calendars) {
    try {
      events.push(...readCalendar(path, notebook.timeZone, window));
    } catch (error) {
      problems.push(oneLine(`calendar ${path}: ${reasonOf(error)}`));
    }
  }
  return { events: distinct(events).slice(0, MOST_EVENTS), problems };
}

/** "2026-12-24 to 2026-12-26: Christmas". */
export function showEvent({ from, to, what }: Holiday): string {
  return `${from}${to === from ? '' : ` to ${to}`}: ${what}`;
}

/** Reads what `showEvent` writes, and days as 12/24 or 12/24-26 of the year of `near`; null for anything else. */
export function parseEvent(text: string, near: Day): Holiday | null {
  const day = String.raw`(\d{4}-\d\d-\d\d|\d{1,2}\/\d{1,2})`;
  const found = new RegExp(
    `^${day}(?:\\s*(?:to|-|–|\\.\\.|~|until)\\s*(?:${day}|(\\d{1,2})(?!\\d*[-/])))?\\s*:?\\s+(\\S.*)$`,
    'i',
  ).exec(oneLine(text));
  if (found === null) return null;
  const [, first = '', second, dayOfMonth, what = ''] = found;
  const from = fullDay(first, near);
  const to =
    second !== undefined
      ? fullDay(second, from)
      : dayOfMonth !== undefined
        ? `${from.slice(0, 8)}${dayOfMonth.padStart(2, '0')}`
        : from;
  if (!isDay(from) || !isDay(to) || to < from) return null;
  return { from, to, what, yearly: false };
}

function fullDay(text: string, near: Day): Day {
  const found = /^(\d{1,2})\/(\d{1,2})$/.exec(text);
  if (found === null) return text;
  const [, month = '', date = ''] = found;
  const day = (year: number) => `${year}-${month.padStart(2, '0')}-${date.padStart(2, '0')}`;
  const year = Number(near.slice(0, 4));
  // A report of December tells of January.
  const same = day(year);
  return isDay(same) && isDay(near) && same < addDays(near, -180) ? day(year + 1) : same;
}

function occurrences(holiday: Holiday, window: Span): Holiday[] {
  if (!holiday.yearly) return touches(holiday, window) ? [holiday] : [];
  const length = daysBetween(holiday.from, holiday.to);
  const years = [Number(window.from.slice(0, 4)) - 1, Number(window.from.slice(0, 4)), Number(window.to.slice(0, 4))];
  return [...new Set(years)].flatMap((year) => {
    const from = `${year}${holiday.from.slice(4)}`;
    if (!isDay(from) || from < holiday.from) return [];
    const one = { ...holiday, from, to: addDays(from, length) };
    return touches(one, window) ? [one] : [];
  });
}

function daysBetween(from: Day, to: Day): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000);
}

function touches({ from, to }: Holiday, window: Span): boolean {
  return from <= window.to && to >= window.from;
}

function distinct(events: readonly Holiday[]): Holiday[] {
  const key = ({ from, to, what }: Holiday) => `${from} ${to} ${what.toLowerCase()}`;
  const unique = new Map(events.map((event) => [key(event), event]));
  return [...unique].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, event]) => event);
}

function readCalendar(path: string, timeZone: string, window: Span): Holiday[] {
  const { size } = statSync(path);
  if (size > MOST_BYTES) throw new Error(`${size} bytes, more than the ${MOST_BYTES} that are read`);
  return parseCalendar(readFileSync(path, 'utf8'), timeZone, window);
}

/** Throws Error for what is no calendar (RFC 5545). Recurring events are unrolled within the window. */
export function parseCalendar(text: string, timeZone: string, window: Span): Holiday[] {
  const root = new ICAL.Component(ICAL.parse(text));
  const calendars = root.name === 'vcalendar' ? [root] : root.getAllSubcomponents('vcalendar');
  return calendars.flatMap((calendar) => {
    for (const zone of calendar.getAllSubcomponents('vtimezone')) ICAL.TimezoneService.register(zone);
    const events = calendar.getAllSubcomponents('vevent').map((component) => new ICAL.Event(component));
    const moved = events.filter((event) => event.isRecurrenceException());
    for (const event of events) {
      if (event.isRecurrenceException()) continue;
      for (const exception of moved) if (exception.uid === event.uid) event.relateException(exception);
    }
    return events
      .filter((event) => !event.isRecurrenceException() && event.startDate !== null)
      .flatMap((event) => eventDays(event, timeZone, window));
  });
}

function eventDays(event: ICAL.Event, timeZone: string, window: Span): Holiday[] {
  if (!recursByDays(event))
    return [holidayOf(event.summary, event.startDate, event.endDate, timeZone)].filter((one) => touches(one, window));
  const found: Holiday[] = [];
  const iterator = event.iterator(firstStart(event, window));
  for (let count = 0; count < MOST_OCCURRENCES; count++) {
    const next = iterator.next();
    if (!next || nominalDay(next) > window.to) break;
    const { item, startDate, endDate } = event.getOccurrenceDetails(next);
    const one = holidayOf(item.summary, startDate, endDate, timeZone);
    if (touches(one, window)) found.push(one);
    if (found.length >= MOST_EVENTS) break;
  }
  return found;
}

function rulesOf(event: ICAL.Event): ICAL.Recur[] {
  return event.component.getAllProperties('rrule').flatMap((property) => {
    const rule = property.getFirstValue();
    return rule instanceof ICAL.Recur ? [rule] : [];
  });
}

function recursByDays(event: ICAL.Event): boolean {
  return event.isRecurring() && rulesOf(event).every(({ freq }) => FREQUENCIES.includes(freq));
}

/** Days and weeks of decades are passed over in one step, which keeps their rhythm. */
function firstStart(event: ICAL.Event, window: Span): ICAL.Time {
  const { startDate } = event;
  const [rule, second] = rulesOf(event);
  if (rule === undefined || second !== undefined || rule.count !== null) return startDate;
  const stepDays = { DAILY: 1, WEEKLY: 7 }[String(rule.freq)];
  if (stepDays === undefined) return startDate;
  const length = Math.ceil(event.duration.toSeconds() / 86_400);
  const days = daysBetween(nominalDay(startDate), window.from) - length - stepDays * rule.interval;
  const steps = Math.floor(days / (stepDays * rule.interval));
  if (steps <= 0) return startDate;
  const start = startDate.clone();
  start.adjust(steps * stepDays * rule.interval, 0, 0, 0);
  return start;
}

/** The end of all-day events is the day after; of others, midnight still belongs to the day before. */
function holidayOf(summary: string | null, start: ICAL.Time, end: ICAL.Time | null, timeZone: string): Holiday {
  const what = oneLine(summary ?? '') || 'event';
  if (start.isDate) {
    const from = nominalDay(start);
    const until = end === null ? from : nominalDay(end);
    return { from, to: until > from ? addDays(until, -1) : from, what, yearly: false };
  }
  const from = localDay(start, timeZone, 0);
  const to = end === null ? from : localDay(end, timeZone, 1);
  return to < from ? { from, to: from, what, yearly: false } : { from, to, what, yearly: false };
}

function nominalDay({ year, month, day }: ICAL.Time): Day {
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}

/** A time without a zone is meant where the reader is. */
function localDay(time: ICAL.Time, timeZone: string, earlierMs: number): Day {
  if (time.zone === null || time.zone === ICAL.Timezone.localTimezone) {
    const midnight = time.hour === 0 && time.minute === 0 && time.second === 0;
    return midnight && earlierMs > 0 ? addDays(nominalDay(time), -1) : nominalDay(time);
  }
  return dayOf(new Date(time.toJSDate().getTime() - earlierMs), timeZone);
}
