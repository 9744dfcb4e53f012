// SPDX-License-Identifier: GPL-2.0-only
/** Weeks of ISO 8601, and the days of a time zone: what belongs into which report. */
import { HoplabError } from '../model/errors.ts';

/** A day without a time: "2026-11-27". Days order as text. */
export type Day = string;

/** A week of ISO 8601, Monday to Sunday; the year is the one that has its Thursday. */
export interface Week {
  readonly year: number;
  /** 1 to 53. */
  readonly number: number;
}

/** The days that a report covers, both included. */
export interface Span {
  readonly from: Day;
  readonly to: Day;
}

const DAY_MS = 86_400_000;
const EPOCH_WEEKDAY = 3; // 1 January 1970 was a Thursday; Monday is 0.

/** Days since 1970-01-01, or null where there is no such day. */
function dayNumber(day: Day): number | null {
  const found = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day);
  if (found === null) return null;
  const time = Date.UTC(Number(found[1]), Number(found[2]) - 1, Number(found[3]));
  return new Date(time).toISOString().slice(0, 10) === day ? time / DAY_MS : null;
}

export function isDay(text: string): boolean {
  return dayNumber(text) !== null;
}

export function addDays(day: Day, days: number): Day {
  const from = dayNumber(day);
  if (from === null) throw new RangeError(`no such day: ${day}`);
  return new Date((from + days) * DAY_MS).toISOString().slice(0, 10);
}

/** Whole days from one to the other; negative where the second is the earlier. */
export function daysBetween(from: Day, to: Day): number {
  return (dayNumber(to) ?? 0) - (dayNumber(from) ?? 0);
}

/** "Fri". */
export function weekdayName(day: Day): string {
  return ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'][weekdayOf(day)] ?? '';
}

/** 0 for Monday to 6 for Sunday. */
export function weekdayOf(day: Day): number {
  const number = dayNumber(day);
  if (number === null) throw new RangeError(`no such day: ${day}`);
  return (((number + EPOCH_WEEKDAY) % 7) + 7) % 7;
}

/** The week that a day is in: 2027-01-03 is the Sunday of 2026-W53. */
export function weekOf(day: Day): Week {
  const thursday = addDays(day, 3 - weekdayOf(day));
  const year = Number(thursday.slice(0, 4));
  const first = dayNumber(`${thursday.slice(0, 4)}-01-01`) ?? 0;
  return { year, number: Math.floor(((dayNumber(thursday) ?? 0) - first) / 7) + 1 };
}

export function mondayOf({ year, number }: Week): Day {
  // 4 January is in the first week of every year.
  const fourth = `${String(year).padStart(4, '0')}-01-04`;
  return addDays(fourth, (number - 1) * 7 - weekdayOf(fourth));
}

export function sundayOf(week: Week): Day {
  return addDays(mondayOf(week), 6);
}

/** "2026-W47". */
export function showWeek({ year, number }: Week): string {
  return `${String(year).padStart(4, '0')}-W${String(number).padStart(2, '0')}`;
}

/** Reads "2026-W47", "2026W47" or "2026-w7"; null for anything else, also for a week that the year does not have. */
export function parseWeek(text: string): Week | null {
  const found = /^(\d{4})-?[Ww](\d{1,2})$/.exec(text.trim());
  if (found === null) return null;
  const week = { year: Number(found[1]), number: Number(found[2]) };
  if (week.year < 1970 || week.number < 1 || week.number > 53) return null;
  return showWeek(weekOf(mondayOf(week))) === showWeek(week) ? week : null;
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
export interface AskedWeek {
  readonly week?: string | undefined;
  readonly ending?: string | undefined;
}

/**
 * The span of a report: of `--week` the whole week, of `--ending` the week up to that day, else the current week up to
 * today. Throws USAGE.
 */
export function spanOf({ week, ending }: AskedWeek, today: Day): Span {
  const chosen =
    week === undefined ? weekOf(ending !== undefined && isDay(ending) ? ending : today) : asked(week, today);
  if (ending !== undefined && !isDay(ending))
    throw usage(`--ending takes a day as 2026-11-27, got ${JSON.stringify(ending)}`);
  if (ending !== undefined && showWeek(weekOf(ending)) !== showWeek(chosen))
    throw usage(`--ending ${ending} is in ${showWeek(weekOf(ending))}, not in ${week}`);
  const [from, sunday] = [mondayOf(chosen), sundayOf(chosen)];
  return { from, to: ending ?? (today >= from && today < sunday ? today : sunday) };
}

function asked(text: string, today: Day): Week {
  const week = text === 'last' ? weekOf(addDays(today, -7)) : parseWeek(text);
  if (week !== null) return week;
  const like = /^(\d{4})-?[Ww]\d+$/.exec(text.trim());
  const why = like === null ? '' : `: ${like[1]} has no such week`;
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
