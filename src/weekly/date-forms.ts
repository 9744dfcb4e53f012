// SPDX-License-Identifier: GPL-2.0-only
/** The forms in which people write days and weeks: each a pattern whose groups say what is what. */
import { addDays, type Day, isDay, mondayOf, parseWeek, showWeek, sundayOf, weekOf } from './week.ts';

export interface Range {
  readonly from: Day;
  readonly to: Day;
}

/** What a date without a year is near to, and whether 3/8 is the 3rd of August. */
export interface DateContext {
  readonly near: Day;
  readonly dayFirst: boolean;
}

interface DateForm {
  readonly pattern: RegExp;
  readonly unit: 'day' | 'week';
  /** Two digits, unless the writer had one. */
  readonly isPadded?: boolean;
}

const MONTHS = 'January February March April May June July August September October November December'.split(' ');
const MONTH = `(?<name>${[...MONTHS, ...MONTHS.map((name) => name.slice(0, 3)), 'Sept'].join('|')})\\.?(?![A-Za-z])`;
/** "14", "14th", "14-18", "14 - 18th". */
const days = (end: string) =>
  `(?<date>\\d{1,2})(?<th>st|nd|rd|th)?(?<tail>[ \\t]?[-–][ \\t]?(?<until>\\d{1,2})(?<th2>st|nd|rd|th)?${end})?`;
const HALF_YEAR_DAYS = 182;

export const DATE_FORMS: readonly DateForm[] = [
  {
    unit: 'day',
    isPadded: true,
    pattern: /(?<![\d.-])(?<year>\d{4})(?<sign>[-/.])(?<month>\d{1,2})\k<sign>(?<date>\d{1,2})(?![\d-])/dg,
  },
  { unit: 'day', isPadded: true, pattern: /(?<![\w-])(?<year>20\d\d)(?<month>\d\d)(?<date>\d\d)(?![\w-])/dg },
  { unit: 'day', pattern: /(?:(?<year>\d{4})\s?年\s?)?(?<!\d)(?<month>\d{1,2})\s?月\s?(?<date>\d{1,2})\s?日/dg },
  {
    unit: 'day',
    isPadded: true,
    pattern: /(?<![\d./])(?<date>\d{1,2})\.\s?(?<month>\d{1,2})\.(?<year>\d{4})?(?!\d)/dg,
  },
  {
    unit: 'day',
    pattern:
      /(?<![\d./])(?<a>\d{1,2})\/(?<b>\d{1,2})(?:\/(?<year>\d{4}|\d\d)(?!\d))?(?<tail>-(?<until>\d{1,2})(?![\d/]))?(?![\d/])/dg,
  },
  {
    unit: 'day',
    pattern: new RegExp(
      `(?<![A-Za-z])${MONTH}[ \\t]{1,2}${days('(?![\\d./]|:\\d)')}(?!\\d)(?:,?[ \\t](?<year>\\d{4})(?!\\d))?`,
      'dgi',
    ),
  },
  {
    unit: 'day',
    pattern: new RegExp(
      `(?<![\\d.:/-])${days('')}(?:\\.?[ \\t]?(?:of )?|-)${MONTH}(?:(?:,|-)?[ \\t]?(?<year>\\d{4})(?!\\d))?`,
      'dgi',
    ),
  },
  { unit: 'week', pattern: /(?<![\w-])(?<year>\d{4})-?W(?<number>\d{1,2})(?![\d-])/dgi },
  {
    unit: 'week',
    pattern:
      /(?<![\w-])(?:WW|CW|KW|W|weeks?|wk)\.?[ \t]?#?(?<number>\d{1,2})(?!\d|\.\d|[ \t]?(?:of|in)\b)(?:[ \t]?[,/-]?[ \t]?(?<year>\d{4})(?!\d))?/dgi,
  },
  { unit: 'week', pattern: /(?:(?<year>\d{4})年)?第\s?(?<number>\d{1,2})\s?[周週]/dg },
];

interface Group {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** What a match says, by the names of its groups; of 3/8 the context says which is the month. */
function groupsOf({ groups, indices, index }: RegExpExecArray, { dayFirst }: DateContext): Map<string, Group> {
  const found = new Map<string, Group>();
  for (const [name, text] of Object.entries(groups ?? {})) {
    const [start, end] = indices?.groups?.[name] ?? [0, 0];
    if (text !== undefined) found.set(name, { text, start: start - index, end: end - index });
  }
  const [a, b] = [found.get('a'), found.get('b')];
  if (a === undefined || b === undefined) return found;
  const isDayFirst = Number(a.text) > 12 || (dayFirst && Number(b.text) <= 12);
  return found.set('month', isDayFirst ? b : a).set('date', isDayFirst ? a : b);
}

/** null where the calendar has no such day. */
export function readDate({ unit }: DateForm, match: RegExpExecArray, context: DateContext): Range | null {
  const groups = groupsOf(match, context);
  const [year, month, name, date, until, number] = ['year', 'month', 'name', 'date', 'until', 'number'].map(
    (each) => groups.get(each)?.text,
  );
  if (unit === 'week') return weekRange(year ?? yearOfWeekNear(context.near, number ?? ''), number ?? '');
  const full = year?.length === 2 ? `20${year}` : year;
  const from = dayNear(full, name === undefined ? (month ?? '') : monthNumber(name), date ?? '', context.near);
  return spanned(from, until);
}

/** Another day or week in the same form: with or without zeros, name, year. */
export function writeDate(
  { unit, isPadded = false }: DateForm,
  match: RegExpExecArray,
  { context, range: { from, to } }: { readonly context: DateContext; readonly range: Range },
): string {
  const groups = groupsOf(match, context);
  const numbers = ['month', 'date'].flatMap((name) => groups.get(name)?.text ?? []);
  const pads = numbers.some((text) => text.startsWith('0')) || (isPadded && numbers.every((text) => text.length > 1));
  const digits = (value: number) => String(value).padStart(pads ? 2 : 1, '0');
  const written: Readonly<Record<string, (old: string) => string>> = {
    year: (old) => (unit === 'week' ? String(weekOf(to).year) : from.slice(0, 4)).slice(-old.length),
    month: () => digits(monthOf(from)),
    name: (old) => nameLike(old, from),
    date: () => digits(dateOf(from)),
    th: () => ordinalEnd(dateOf(from)),
    number: (old) => String(weekOf(to).number).padStart(old.startsWith('0') ? 2 : 1, '0'),
    ...(from === to ? { tail: () => '' } : { until: () => digits(dateOf(to)), th2: () => ordinalEnd(dateOf(to)) }),
  };
  let [text] = match;
  for (const [name, { text: old, start, end }] of [...groups].sort(([, a], [, b]) => b.start - a.start))
    text = text.slice(0, start) + (written[name]?.(old) ?? text.slice(start, end)) + text.slice(end);
  return text;
}

const monthOf = (day: Day): number => Number(day.slice(5, 7));
const dateOf = (day: Day): number => Number(day.slice(8, 10));

function ordinalEnd(number: number): string {
  const isTeen = number > 10 && number < 14;
  return isTeen ? 'th' : (['th', 'st', 'nd', 'rd'][number % 10] ?? 'th');
}

function monthNumber(name: string): string {
  const key = name.slice(0, 3).toLowerCase();
  return String(MONTHS.findIndex((month) => month.toLowerCase().startsWith(key)) + 1);
}

/** "May" is both: the other months of its writer are taken to be short. */
function nameLike(old: string, day: Day): string {
  const month = MONTHS[monthOf(day) - 1] ?? '';
  const name = old.length > 4 || /^(?:june|july)$/i.test(old) ? month : month.slice(0, 3);
  return old === old.toUpperCase() ? name.toUpperCase() : old === old.toLowerCase() ? name.toLowerCase() : name;
}

function dayAt(year: string, month: string, date: string): Day | null {
  const day = `${year}-${month.padStart(2, '0')}-${date.padStart(2, '0')}`;
  return isDay(day) ? day : null;
}

/** The one that is nearest where no year is said: a report of December tells of January. */
function dayNear(year: string | undefined, month: string, date: string, near: Day): Day | null {
  if (year !== undefined) return dayAt(year, month, date);
  const same = Number(near.slice(0, 4));
  const days = [same - 1, same, same + 1].flatMap((each) => dayAt(String(each), month, date) ?? []);
  const low = addDays(near, -HALF_YEAR_DAYS);
  return days.find((day) => day >= low) ?? null;
}

function spanned(from: Day | null, until: string | undefined): Range | null {
  const to = from === null || until === undefined ? from : dayAt(from.slice(0, 4), from.slice(5, 7), until);
  return from === null || to === null || to < from ? null : { from, to };
}

function weekRange(year: string, number: string): Range | null {
  const week = parseWeek(`${year}-W${number}`);
  return week === null ? null : { from: mondayOf(week), to: sundayOf(week) };
}

function yearOfWeekNear(near: Day, number: string): string {
  const year = weekOf(near).year;
  const low = showWeek(weekOf(addDays(near, -HALF_YEAR_DAYS)));
  const found = [year - 1, year, year + 1].find((each) => `${each}-W${number.padStart(2, '0')}` >= low);
  return String(found ?? year);
}
