// SPDX-License-Identifier: GPL-2.0-only
/** Holidays, travel and events out of .ics calendars, as far as a report tells of them. */
import { readFileSync, statSync } from 'node:fs';
import ICAL from 'ical.js';
import { reasonOf } from '../model/errors.ts';
import { oneLine } from './mail-line.ts';
import { addDays, type Day, dayOf, type Span } from './week.ts';

/** What happens on some days. */
export interface Holiday extends Span {
  readonly what: string;
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

/** The events of .ics files that touch a window, in order, each once. What cannot be read costs itself alone. */
export function readCalendars(paths: readonly string[], timeZone: string, window: Span) {
  const problems: string[] = [];
  const attempt = (about: string, read: () => Holiday[]): Holiday[] => {
    try {
      return read();
    } catch (error) {
      problems.push(oneLine(`${about}: ${reasonOf(error)}`));
      return [];
    }
  };
  const events = paths.flatMap((path) => {
    const eventsOf = ({ own, moved }: Components) =>
      own.flatMap((event) =>
        attempt(`calendar ${path}: the event ${nameOf(event)}`, () => daysOf(event, { moved, timeZone, window })),
      );
    return attempt(`calendar ${path}`, () => readCalendar(path).flatMap(eventsOf));
  });
  return { events: distinct(events).slice(0, MOST_EVENTS), problems };
}

function distinct(events: readonly Holiday[]): Holiday[] {
  const key = ({ from, to, what }: Holiday) => `${from} ${to} ${what.toLowerCase()}`;
  const unique = new Map(events.map((event) => [key(event), event]));
  return [...unique].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, event]) => event);
}

/** Events, and those that say how one occurrence of them was moved. */
type Components = Readonly<Record<'own' | 'moved', readonly ICAL.Component[]>>;

/** Throws Error for what is no calendar (RFC 5545). */
function readCalendar(path: string): Components[] {
  const { size } = statSync(path);
  if (size > MOST_BYTES) throw new Error(`${size} bytes, more than the ${MOST_BYTES} that are read`);
  const root = new ICAL.Component(ICAL.parse(readFileSync(path, 'utf8').replace(/^\uFEFF/, '')));
  return (root.name === 'vcalendar' ? [root] : root.getAllSubcomponents('vcalendar')).map((calendar) => {
    for (const zone of calendar.getAllSubcomponents('vtimezone')) ICAL.TimezoneService.register(zone);
    const events = calendar.getAllSubcomponents('vevent');
    const isMoved = (event: ICAL.Component) => event.hasProperty('recurrence-id');
    return { own: events.filter((event) => !isMoved(event)), moved: events.filter(isMoved) };
  });
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
  const [duration, uid] = ['duration', 'uid'].map((name) => component.getFirstPropertyValue(name));
  if (duration instanceof ICAL.Duration && duration.toSeconds() > MOST_YEARS * 366 * 86_400)
    throw new Error(`it lasts more than ${MOST_YEARS} years`);
  const event = new ICAL.Event(component, {
    exceptions: moved.filter((each) => each.getFirstPropertyValue('uid') === uid),
  });
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
  { summary, startDate: start, endDate }: Pick<ICAL.Event, 'summary' | 'startDate' | 'endDate'>,
  timeZone: string,
): Holiday {
  const end = endDate ?? start;
  // A time without a zone is meant where the reader is.
  const isFloating = start.isDate || start.zone === null || start.zone === ICAL.Timezone.localTimezone;
  const dayAt = (time: ICAL.Time, isEnd: boolean) =>
    isFloating ? nominalDay(time, isEnd) : dayOf(new Date(time.toJSDate().getTime() - (isEnd ? 1 : 0)), timeZone);
  const [from, to] = [dayAt(start, false), dayAt(end, true)];
  const what = oneLine(summary ?? '') || 'event';
  return to < from ? { from, to: from, what } : { from, to, what };
}

/** The day that a calendar itself says; midnight belongs to the day before where it is the end. */
function nominalDay(time: ICAL.Time, isEnd = false): Day {
  const day = time.toString().slice(0, 10);
  return isEnd && (time.isDate || time.toString().includes('T00:00:00')) ? addDays(day, -1) : day;
}
