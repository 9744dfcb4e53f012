// SPDX-License-Identifier: GPL-2.0-only
/** Weeks of ISO 8601, and the days of a time zone: what belongs into which report. */
import { HoplabError } from '../model/errors.ts';

/** A day without a time: "2026-11-27". Days order as text. */
export type Day = string;

/** "2026-W47": a week of ISO 8601, Monday to Sunday; the year is the one that has its Thursday. Weeks order as text. */
export type Week = string;

/** The days that a report, a holiday or a date covers, both included. */
export interface Span {
  readonly from: Day;
  readonly to: Day;
}

const DAY_MS = 86_400_000;
const EPOCH_WEEKDAY = 3; // 1 January 1970 was a Thursday; Monday is 0.

/** Days since 1970-01-01; NaN where there is no such day. */
function dayNumber(day: Day): number {
  const time = Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== day ? Number.NaN : time / DAY_MS;
}

export function isDay(text: string): boolean {
  return !Number.isNaN(dayNumber(text));
}

/** Throws RangeError where there is no such day. */
export function addDays(day: Day, days: number): Day {
  return new Date((dayNumber(day) + days) * DAY_MS).toISOString().slice(0, 10);
}

/** Whole days from one to the other; negative where the second is the earlier. */
export function daysBetween(from: Day, to: Day): number {
  return dayNumber(to) - dayNumber(from);
}

/** "Fri". */
export function weekdayName(day: Day): string {
  return new Date(day).toUTCString().slice(0, 3);
}

/** 0 for Monday to 6 for Sunday. */
export function weekdayOf(day: Day): number {
  return (((dayNumber(day) + EPOCH_WEEKDAY) % 7) + 7) % 7;
}

export function mondayOf(day: Day): Day {
  return addDays(day, -weekdayOf(day));
}

export function sundayOf(day: Day): Day {
  return addDays(day, 6 - weekdayOf(day));
}

/** The week that a day is in: 2027-01-03 is the Sunday of 2026-W53. */
export function weekOf(day: Day): Week {
  const thursday = addDays(mondayOf(day), 3);
  const year = thursday.slice(0, 4);
  const number = Math.floor(daysBetween(`${year}-01-01`, thursday) / 7) + 1;
  return `${year}-W${String(number).padStart(2, '0')}`;
}

/** The Monday of "2026-W47", "2026W47" or "2026-w7"; null for anything else, also for a week that the year does not have. */
export function parseWeek(text: string): Day | null {
  const [, year = '', number = ''] = /^(\d{4})-?[Ww](\d{1,2})$/.exec(text.trim()) ?? [];
  if (year < '1970') return null;
  // 4 January is in the first week of every year.
  const monday = addDays(mondayOf(`${year}-01-04`), (Number(number) - 1) * 7);
  return weekOf(monday) === `${year}-W${number.padStart(2, '0')}` ? monday : null;
}

/** The day that a moment is in, in a time zone of the IANA data base: Swedes write days as ISO 8601 does. */
export function dayOf(moment: Date, timeZone: string): Day {
  return moment.toLocaleDateString('sv-SE', { timeZone });
}

/** How far a zone is from UTC at a moment, in minutes. */
export function offsetMinutes(moment: Date, timeZone: string): number {
  const local = Date.parse(`${moment.toLocaleString('sv-SE', { timeZone }).replace(' ', 'T')}Z`);
  return Math.round((local - moment.getTime()) / 60_000);
}

/** "+0100". */
export function showOffset(minutes: number): string {
  const size = Math.abs(minutes);
  const digits = String(Math.floor(size / 60) * 100 + (size % 60)).padStart(4, '0');
  return `${minutes < 0 ? '-' : '+'}${digits}`;
}

export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Which week and which of its days a report is about; "last" is the week before this one. */
export type AskedWeek = Readonly<Partial<Record<'week' | 'ending', string | undefined>>>;

/**
 * The span of a report: of `--week` the whole week, of `--ending` the week up to that day, else the current week up to
 * today. Throws USAGE.
 */
export function spanOf({ week, ending }: AskedWeek, today: Day): Span {
  if (ending !== undefined && !isDay(ending))
    throw usage(`--ending takes a day as 2026-11-27, got ${JSON.stringify(ending)}`);
  const from = week === undefined ? mondayOf(ending ?? today) : mondayAsked(week, today);
  if (ending !== undefined && mondayOf(ending) !== from)
    throw usage(`--ending ${ending} is in ${weekOf(ending)}, not in ${week}`);
  const sunday = sundayOf(from);
  return { from, to: ending ?? (today >= from && today < sunday ? today : sunday) };
}

function mondayAsked(text: string, today: Day): Day {
  const monday = text === 'last' ? addDays(mondayOf(today), -7) : parseWeek(text);
  if (monday !== null) return monday;
  const year = /^(\d{4})-?[Ww]\d+$/.exec(text.trim())?.[1];
  const why = year === undefined ? '' : `: ${year} has no such week`;
  throw usage(`--week takes a week of ISO 8601 as 2026-W47, got ${JSON.stringify(text)}${why}`);
}

function usage(message: string): HoplabError {
  return new HoplabError({ code: 'USAGE', message, hint: 'hoplab weekly --help' });
}

/** When a report of this day was written: now if it is today, else when a working day ends there. */
export function momentOf(day: Day, timeZone: string, now: Date): Date {
  if (dayOf(now, timeZone) === day) return now;
  const asUtc = new Date(`${day}T17:00:00Z`);
  return new Date(asUtc.getTime() - offsetMinutes(asUtc, timeZone) * 60_000);
}
