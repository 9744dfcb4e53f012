// SPDX-License-Identifier: GPL-2.0-only
/** The forms in which people write days and weeks, each with its reader and its writer. */
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

export interface DateForm {
  readonly pattern: RegExp;
  readonly unit: 'day' | 'week';
  /** null where the calendar has no such day. */
  read(match: RegExpExecArray, context: DateContext): Range | null;
  /** In the same form: with or without zeros, name, year. */
  write(match: RegExpExecArray, range: Range, context: DateContext): string;
}

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const MONTH =
  '(Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec|January|February|March|April|August|September|October|November|December)(\\.?)(?![A-Za-z])';
const HALF_YEAR_DAYS = 182;

export const DATE_FORMS: readonly DateForm[] = [
  {
    unit: 'day',
    pattern: /(?<![\d.-])(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?![\d-])/g,
    read: ([, year = '', , month = '', date = '']) => single(dayAt(year, month, date)),
    write: ([, , sign = '', month = '', date = ''], { from }) =>
      [yearOf(from), full(month, date, monthOf(from)), full(month, date, dateOf(from))].join(sign),
  },
  {
    unit: 'day',
    pattern: /(?<![\w-])(20\d\d)(\d\d)(\d\d)(?![\w-])/g,
    read: ([, year = '', month = '', date = '']) => single(dayAt(year, month, date)),
    write: (_, { from }) => from.replaceAll('-', ''),
  },
  {
    unit: 'day',
    pattern: /(?:(\d{4})(\s?)年\s?)?(?<!\d)(\d{1,2})(\s?)月\s?(\d{1,2})(\s?)日/g,
    read: ([, year, , month = '', , date = ''], { near }) => single(dayNear(year, month, date, near)),
    write: ([, year, gap = '', month = '', gap2 = '', date = '', gap3 = ''], { from }) =>
      `${year === undefined ? '' : `${yearOf(from)}${gap}年${gap}`}${like(month, monthOf(from))}${gap2}月${gap2}${like(date, dateOf(from))}${gap3}日`,
  },
  {
    unit: 'day',
    pattern: /(?<![\d./])(\d{1,2})\.(\s?)(\d{1,2})\.(\d{4})?(?!\d)/g,
    read: ([, date = '', , month = '', year], { near }) => single(dayNear(year, month, date, near)),
    write: ([, date = '', gap = '', month = '', year], { from }) =>
      `${full(date, month, dateOf(from))}.${gap}${full(date, month, monthOf(from))}.${year === undefined ? '' : yearOf(from)}`,
  },
  {
    unit: 'day',
    pattern: /(?<![\d./])(\d{1,2})\/(\d{1,2})(?:\/(\d{4}|\d\d)(?!\d))?(?:-(\d{1,2})(?![\d/]))?(?![\d/])/g,
    read: ([, a = '', b = '', year, until], { near, dayFirst }) => {
      const [month, date] = isDayFirst(a, b, dayFirst) ? [b, a] : [a, b];
      const century = year?.length === 2 ? `20${year}` : year;
      return spanned(dayNear(century, month, date, near), until);
    },
    write: ([, a = '', b = '', year, until], { from, to }, { dayFirst }) => {
      const zero = a.startsWith('0') || b.startsWith('0') ? '0' : '';
      const parts = [like(zero, monthOf(from)), like(zero, dateOf(from))];
      const tail = until === undefined || from === to ? '' : `-${like(zero, dateOf(to))}`;
      const shown = year === undefined ? '' : `/${yearOf(from).slice(-year.length)}`;
      return (isDayFirst(a, b, dayFirst) ? parts.reverse() : parts).join('/') + shown + tail;
    },
  },
  {
    unit: 'day',
    pattern: new RegExp(
      `(?<![A-Za-z])${MONTH}([ \\t]{1,2})(\\d{1,2})(st|nd|rd|th)?(?:([ \\t]?[-–][ \\t]?)(\\d{1,2})(st|nd|rd|th)?(?![\\d./]|:\\d))?(?!\\d)(?:(,?[ \\t])(\\d{4})(?!\\d))?`,
      'gi',
    ),
    read: ([, month = '', , , date = '', , , until, , , year], { near }) =>
      spanned(dayNear(year, monthNumber(month), date, near), until),
    write: ([, month = '', dot = '', gap = '', date = '', th, dash = '', until, , sign = '', year], { from, to }) => {
      const tail = until === undefined || from === to ? '' : `${dash}${ordinal(like(until, dateOf(to)), th)}`;
      return `${nameLike(month, from)}${dot}${gap}${ordinal(like(date, dateOf(from)), th)}${tail}${year === undefined ? '' : sign + yearOf(from)}`;
    },
  },
  {
    unit: 'day',
    pattern: new RegExp(
      `(?<![\\d.:/-])(\\d{1,2})(st|nd|rd|th)?(?:([ \\t]?[-–][ \\t]?)(\\d{1,2})(st|nd|rd|th)?)?(\\.?[ \\t]?(?:of )?|-)${MONTH}(?:((?:,|-)?[ \\t]?)(\\d{4})(?!\\d))?`,
      'gi',
    ),
    read: ([, date = '', , , until, , , month = '', , , year], { near }) =>
      spanned(dayNear(year, monthNumber(month), date, near), until),
    write: ([, date = '', th, dash = '', until, , gap = '', month = '', dot = '', sign = '', year], { from, to }) => {
      const tail = until === undefined || from === to ? '' : `${dash}${ordinal(like(until, dateOf(to)), th)}`;
      return `${ordinal(like(date, dateOf(from)), th)}${tail}${gap}${nameLike(month, from)}${dot}${year === undefined ? '' : sign + yearOf(from)}`;
    },
  },
  {
    unit: 'week',
    pattern: /(?<![\w-])(\d{4})(-?)([Ww])(\d{1,2})(?![\d-])/g,
    read: ([, year = '', , , number = '']) => weekRange(year, number),
    write: ([, , dash = '', letter = '', number = ''], { to }) =>
      `${weekYear(to)}${dash}${letter}${like(number, weekNumber(to))}`,
  },
  {
    unit: 'week',
    pattern:
      /(?<![\w-])(WW|CW|KW|W|weeks?|wk)(\.?[ \t]?#?)(\d{1,2})(?!\d|\.\d|[ \t]?(?:of|in)\b)(?:([ \t]?[,/-]?[ \t]?)(\d{4})(?!\d))?/gi,
    read: ([, , , number = '', , year], { near }) => weekRange(year ?? yearOfWeekNear(near, number), number),
    write: ([, word = '', gap = '', number = '', sign = '', year], { to }) =>
      `${word}${gap}${like(number, weekNumber(to))}${year === undefined ? '' : sign + weekYear(to)}`,
  },
  {
    unit: 'week',
    pattern: /(?:(\d{4})年)?第(\s?)(\d{1,2})(\s?)([周週])/g,
    read: ([, year, , number = ''], { near }) => weekRange(year ?? yearOfWeekNear(near, number), number),
    write: ([, year, gap = '', number = '', gap2 = '', sign = ''], { to }) =>
      `${year === undefined ? '' : `${weekYear(to)}年`}第${gap}${like(number, weekNumber(to))}${gap2}${sign}`,
  },
];

function isDayFirst(a: string, b: string, usual: boolean): boolean {
  return Number(a) > 12 || (usual && Number(b) <= 12);
}

const yearOf = (day: Day): string => day.slice(0, 4);
const monthOf = (day: Day): number => Number(day.slice(5, 7));
const dateOf = (day: Day): number => Number(day.slice(8, 10));
const weekYear = (day: Day): string => String(weekOf(day).year);
const weekNumber = (day: Day): number => weekOf(day).number;

/** Two digits where the writer began with a zero. */
function like(old: string, value: number): string {
  return old.startsWith('0') ? String(value).padStart(2, '0') : String(value);
}

/** Two digits unless the writer had one: in days of numbers alone. */
function full(a: string, b: string, value: number): string {
  return a.length === 1 || b.length === 1 ? String(value) : String(value).padStart(2, '0');
}

function ordinal(number: string, th: string | undefined): string {
  if (th === undefined) return number;
  const teen = Number(number) > 10 && Number(number) < 14;
  return number + (teen ? 'th' : (['th', 'st', 'nd', 'rd'][Number(number) % 10] ?? 'th'));
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
  const same = Number(yearOf(near));
  const days = [same - 1, same, same + 1].flatMap((each) => dayAt(String(each), month, date) ?? []);
  const low = addDays(near, -HALF_YEAR_DAYS);
  return days.find((day) => day >= low) ?? null;
}

function single(day: Day | null): Range | null {
  return day === null ? null : { from: day, to: day };
}

function spanned(from: Day | null, until: string | undefined): Range | null {
  if (from === null || until === undefined) return single(from);
  const to = dayAt(from.slice(0, 4), from.slice(5, 7), until);
  return to === null || to < from ? null : { from, to };
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
