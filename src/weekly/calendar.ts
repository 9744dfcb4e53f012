// SPDX-License-Identifier: GPL-2.0-only
/** Holidays, travel and events out of .ics calendars, as far as a report tells of them. */
import { readFileSync, statSync } from 'node:fs';
import ICAL from 'ical.js';
import { reasonOf } from '../model/errors.ts';
import { oneLine } from './mail-line.ts';
import { addDays, type Day, dayOf, type Span } from './week.ts';

/** What happens on some days, both included. */
export interface Holiday {
  readonly from: Day;
  readonly to: Day;
  readonly what: string;
}

export interface Calendar {
  /** In order of their days, each once. */
  readonly events: readonly Holiday[];
  readonly problems: readonly string[];
}

const MOST_BYTES = 16 << 20;
/** What happens every second is no holiday, and would keep an event of 1970 busy for ever. */
const FREQUENCIES = ['YEARLY', 'MONTHLY', 'WEEKLY', 'DAILY'];
const MOST_EVENTS = 200;
/** Days that a rule may pass over: of every day for a century, of a leap day for all of 400 years. */
const MOST_STEPS = 40_000;
const MOST_MOVED_DAYS = 60;
/** Nothing that is written into a report lasts longer. */
const MOST_YEARS = 100;

/** The events of .ics files that touch a window. What cannot be read costs itself alone. */
export function readCalendars(paths: readonly string[], timeZone: string, window: Span): Calendar {
  const problems: string[] = [];
  const events = paths.flatMap((path) => {
    try {
      const calendar = parseCalendar(readCalendar(path), timeZone, window);
      problems.push(...calendar.problems.map((problem) => oneLine(`calendar ${path}: ${problem}`)));
      return calendar.events;
    } catch (error) {
      problems.push(oneLine(`calendar ${path}: ${reasonOf(error)}`));
      return [];
    }
  });
  return { events: distinct(events).slice(0, MOST_EVENTS), problems };
}

function distinct(events: readonly Holiday[]): Holiday[] {
  const key = ({ from, to, what }: Holiday) => `${from} ${to} ${what.toLowerCase()}`;
  const unique = new Map(events.map((event) => [key(event), event]));
  return [...unique].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, event]) => event);
}

function readCalendar(path: string): string {
  const { size } = statSync(path);
  if (size > MOST_BYTES) throw new Error(`${size} bytes, more than the ${MOST_BYTES} that are read`);
  return readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
}

/** Throws Error for what is no calendar (RFC 5545). Recurring events are unrolled within the window. */
function parseCalendar(text: string, timeZone: string, window: Span): Calendar {
  const root = new ICAL.Component(ICAL.parse(text));
  const calendars = root.name === 'vcalendar' ? [root] : root.getAllSubcomponents('vcalendar');
  const problems: string[] = [];
  const events = calendars.flatMap((calendar) => {
    for (const zone of calendar.getAllSubcomponents('vtimezone')) ICAL.TimezoneService.register(zone);
    const components = calendar.getAllSubcomponents('vevent');
    const moved = components.filter((component) => component.hasProperty('recurrence-id'));
    const own = components.filter((component) => !component.hasProperty('recurrence-id'));
    return own.flatMap((component) => {
      try {
        return daysOf(component, { moved, timeZone, window });
      } catch (error) {
        problems.push(`the event ${nameOf(component)}: ${reasonOf(error)}`);
        return [];
      }
    });
  });
  return { events, problems };
}

function nameOf(component: ICAL.Component): string {
  const [summary, uid] = ['summary', 'uid'].map((name) => component.getFirstPropertyValue(name));
  return JSON.stringify(oneLine(String(summary ?? uid ?? 'without a name')).slice(0, 80));
}

interface Sources {
  readonly moved: readonly ICAL.Component[];
  readonly timeZone: string;
  readonly window: Span;
}

function daysOf(component: ICAL.Component, { moved, timeZone, window }: Sources): Holiday[] {
  const duration = component.getFirstPropertyValue('duration');
  if (duration instanceof ICAL.Duration && duration.toSeconds() > MOST_YEARS * 366 * 86_400)
    throw new Error(`it lasts more than ${MOST_YEARS} years`);
  const event = new ICAL.Event(component);
  const exceptions = moved.filter((each) => each.getFirstPropertyValue('uid') === event.uid);
  for (const exception of exceptions) event.relateException(new ICAL.Event(exception));
  if (!(event.startDate instanceof ICAL.Time) || Number.isNaN(event.startDate.toJSDate().getTime()))
    throw new Error('it has no day on which it begins');
  const isRecurring = event.isRecurring() && rulesOf(event).every(({ freq }) => FREQUENCIES.includes(freq));
  const found = isRecurring ? occurrences(event, timeZone, window) : [holidayOf(event, timeZone)];
  return found.filter(({ from, to }) => from <= window.to && to >= window.from);
}

function occurrences(event: ICAL.Event, timeZone: string, window: Span): Holiday[] {
  for (const rule of rulesOf(event)) boundRule(rule);
  const days = Math.ceil(event.duration.toSeconds() / 86_400) + 1;
  const iterator = event.iterator();
  const found: Holiday[] = [];
  for (let next = iterator.next(); next && found.length < MOST_EVENTS; next = iterator.next()) {
    const day = nominalDay(next);
    if (day > window.to) break;
    // An exception may be moved by weeks.
    if (day < addDays(window.from, -days - MOST_MOVED_DAYS)) continue;
    const { item, startDate, endDate } = event.getOccurrenceDetails(next);
    found.push(holidayOf({ summary: item.summary, startDate, endDate }, timeZone));
  }
  return found;
}

function rulesOf(event: ICAL.Event): ICAL.Recur[] {
  return event.component.getAllProperties('rrule').flatMap((property) => {
    const rule = property.getFirstValue();
    return rule instanceof ICAL.Recur ? [rule] : [];
  });
}

/** A legal rule may have no day at all (30 February), and ical.js 2.2.1 looks for it until the end of time. */
function boundRule(rule: ICAL.Recur): void {
  const iterate = rule.iterator.bind(rule);
  rule.iterator = (start) => {
    const iterator = iterate(start);
    const fits = iterator.check_contracting_rules.bind(iterator);
    let steps = 0;
    iterator.check_contracting_rules = () => {
      if (++steps > MOST_STEPS) throw new Error('its rule finds no day');
      return fits();
    };
    return iterator;
  };
}

/** The end of all-day events is the day after; of others, midnight still belongs to the day before. */
function holidayOf(
  { summary, startDate: start, endDate: end }: Pick<ICAL.Event, 'summary' | 'startDate' | 'endDate'>,
  timeZone: string,
): Holiday {
  const what = oneLine(summary ?? '') || 'event';
  if (start.isDate) {
    const from = nominalDay(start);
    const until = end === null ? from : nominalDay(end);
    return { from, to: until > from ? addDays(until, -1) : from, what };
  }
  const from = localDay(start, timeZone, 0);
  const to = end === null ? from : localDay(end, timeZone, 1);
  return to < from ? { from, to: from, what } : { from, to, what };
}

function nominalDay(time: ICAL.Time): Day {
  return time.toString().slice(0, 10);
}

/** A time without a zone is meant where the reader is. */
function localDay(time: ICAL.Time, timeZone: string, earlierMs: number): Day {
  if (time.zone === null || time.zone === ICAL.Timezone.localTimezone) {
    const midnight = time.hour === 0 && time.minute === 0 && time.second === 0;
    return midnight && earlierMs > 0 ? addDays(nominalDay(time), -1) : nominalDay(time);
  }
  return dayOf(new Date(time.toJSDate().getTime() - earlierMs), timeZone);
}
