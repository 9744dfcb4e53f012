// SPDX-License-Identifier: GPL-2.0-only
/** Finds the days and weeks in a line, in the forms in which people write them, and writes others in their form. */
import { addDays, type Day, isDay, parseWeek, type Span, sundayOf, weekOf } from './week.ts';

/** What a date without a year is near to, and whether 3/8 is the 3rd of August. */
export interface DateContext {
  readonly near: Day;
  readonly dayFirst: boolean;
}

export interface FoundDate extends Span {
  readonly start: number;
  readonly end: number;
  readonly unit: 'day' | 'week';
  /** Another day or range in the same words. */
  write(span: Span): string;
}

/** A date as it is found, before its neighbour is looked at. */
interface OneDate extends FoundDate {
  readonly saysYear: boolean;
  /** What it is where another day is near. */
  readNear(near: Day): Span | null;
}

const MONTHS = 'January February March April May June July August September October November December'.split(' ');
const MONTH = `(?<name>${[...MONTHS, ...MONTHS.map((name) => name.slice(0, 3)), 'Sept'].join('|')})\\.?(?![A-Za-z])`;
/** "14", "14th", "14-18", "14 - 18th". */
const days = (end: string) =>
  `(?<date>\\d{1,2})(?<th>st|nd|rd|th)?(?<tail>[ \\t]?[-–][ \\t]?(?<until>\\d{1,2})(?<th2>st|nd|rd|th)?${end})?`;
const HALF_YEAR_DAYS = 182;

/** The groups of each say what is what; a week has a number. */
const DATE_FORMS: readonly RegExp[] = [
  /(?<![\d.-])(?<year>\d{4})(?<sign>[-/.])(?<month>\d{1,2})\k<sign>(?<date>\d{1,2})(?![\d-])/dg,
  /(?<![\w-])(?<year>20\d\d)(?<month>\d\d)(?<date>\d\d)(?![\w-])/dg,
  /(?:(?<year>\d{4})\s?年\s?)?(?<!\d)(?<month>\d{1,2})\s?月\s?(?<date>\d{1,2})\s?日/dg,
  /(?<![\d./])(?<date>\d{1,2})\.\s?(?<month>\d{1,2})\.(?<year>\d{4})?(?!\d)/dg,
  /(?<![\d./])(?<a>\d{1,2})\/(?<b>\d{1,2})(?:\/(?<year>\d{4}|\d\d)(?!\d))?(?<tail>-(?<until>\d{1,2})(?![\d/]))?(?![\d/])/dg,
  ...[
    `(?<![A-Za-z])${MONTH}[ \\t]{1,2}${days('(?![\\d./]|:\\d)')}(?!\\d)(?:,?[ \\t](?<year>\\d{4})(?!\\d))?`,
    `(?<![\\d.:/-])${days('')}(?:\\.?[ \\t]?(?:of )?|-)${MONTH}(?:(?:,|-)?[ \\t]?(?<year>\\d{4})(?!\\d))?`,
  ].map((pattern) => new RegExp(pattern, 'dgi')),
  /(?<![\w-])(?<year>\d{4})-?W(?<number>\d{1,2})(?![\d-])/dgi,
  /(?<![\w-])(?:WW|CW|KW|W|weeks?|wk)\.?[ \t]?#?(?<number>\d{1,2})(?!\d|\.\d|[ \t]?(?:of|in)\b)(?:[ \t]?[,/-]?[ \t]?(?<year>\d{4})(?!\d))?/dgi,
  /(?:(?<year>\d{4})年)?第\s?(?<number>\d{1,2})\s?[周週]/dg,
];

/** A line is searched no further: dates stand near its beginning. */
const MOST_CHARACTERS = 400;
const BETWEEN =
  /^[ \t]*(?:\((?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*\)[ \t]*)?(?:-|–|—|~|〜|\.\.|to|until|till|through)[ \t]*$/i;

/** In the order of the text; "Mar 30 - Apr 2" is one. */
export function findDates(line: string, context: DateContext): FoundDate[] {
  const text = line.slice(0, MOST_CHARACTERS);
  const all = DATE_FORMS.flatMap((form) => [...text.matchAll(form)].flatMap((match) => dateOf(match, context) ?? []));
  all.sort((a, b) => a.start - b.start || b.end - a.end);
  const apart = all.filter((one, index) => !all.slice(0, index).some((other) => one.start < other.end));
  return joined(apart, text);
}

function dateOf(match: RegExpExecArray, { near, dayFirst }: DateContext): OneDate | null {
  const groups = groupsOf(match, dayFirst);
  const readNear = (day: Day) => readDate(groups, day);
  const span = readNear(near);
  if (span === null) return null;
  const [start, end] = [match.index, match.index + match[0].length];
  const write = (to: Span) => writeDate(match[0], groups, to);
  const unit = groups.has('number') ? 'week' : 'day';
  return { ...span, start, end, unit, saysYear: groups.has('year'), readNear, write };
}

function joined(dates: readonly OneDate[], text: string): FoundDate[] {
  const found: OneDate[] = [];
  for (const date of dates) {
    const last = found.at(-1);
    const between = last === undefined ? '' : text.slice(last.end, date.start);
    if (last === undefined || last.unit !== date.unit || last.from !== last.to || !BETWEEN.test(between)) {
      found.push(date);
      continue;
    }
    // The year at the end of "Mar 14 - Mar 18 2022" is that of both.
    const first = last.saysYear || !date.saysYear ? last : (last.readNear(date.from) ?? last);
    if (date.to < first.from) continue;
    const write = ({ from, to }: Span) =>
      from === to ? last.write({ from, to }) : last.write({ from, to: from }) + between + date.write({ from: to, to });
    found.splice(-1, 1, { ...last, from: first.from, to: date.to, end: date.end, write });
  }
  return found;
}

type Groups = ReadonlyMap<string, { readonly text: string; readonly start: number; readonly end: number }>;

/** What a match says, by the names of its groups; of 3/8 the habit of its writer says which is the month. */
function groupsOf({ groups, indices, index }: RegExpExecArray, dayFirst: boolean): Groups {
  const found = new Map(
    Object.entries(groups ?? {}).flatMap(([name, text]) => {
      const [start, end] = indices?.groups?.[name] ?? [0, 0];
      return text === undefined ? [] : [[name, { text, start: start - index, end: end - index }]];
    }),
  );
  const [a, b] = [found.get('a'), found.get('b')];
  if (a === undefined || b === undefined) return found;
  const isDayFirst = Number(a.text) > 12 || (dayFirst && Number(b.text) <= 12);
  return found.set('month', isDayFirst ? b : a).set('date', isDayFirst ? a : b);
}

/** null where the calendar has no such day. */
function readDate(groups: Groups, near: Day): Span | null {
  const [year, month = '', name, date = '', until = date, number] = [
    'year',
    'month',
    'name',
    'date',
    'until',
    'number',
  ].map((each) => groups.get(each)?.text);
  const at = (each: string) =>
    number === undefined
      ? daysAt([each, name === undefined ? month : monthNumber(name)], date, until)
      : weekAt(each, number);
  if (year !== undefined) return at(year.padStart(4, '20'));
  // The one that is nearest where no year is said: a report of December tells of January.
  const low = addDays(near, -HALF_YEAR_DAYS);
  const years = [-1, 0, 1].map((more) => String(Number(near.slice(0, 4)) + more));
  return years.flatMap((each) => at(each) ?? []).find(({ from }) => from >= low) ?? null;
}

function daysAt(month: readonly string[], date: string, until: string): Span | null {
  const [from = '', to = ''] = [date, until].map((each) =>
    [...month, each].map((part) => part.padStart(2, '0')).join('-'),
  );
  return isDay(from) && isDay(to) && from <= to ? { from, to } : null;
}

function weekAt(year: string, number: string): Span | null {
  const monday = parseWeek(`${year}-W${number}`);
  return monday === null ? null : { from: monday, to: sundayOf(monday) };
}

/** Another day or week in the same form: with or without zeros, name, year. */
function writeDate(text: string, groups: Groups, { from, to }: Span): string {
  const numbers = ['month', 'date'].flatMap((name) => groups.get(name)?.text ?? []);
  // Where all of a date is figures a day has two of them, unless the writer had one; 3/8 has one.
  const isPadded = /^[\d\s./-]+$/.test(text) && !groups.has('a') && numbers.every((each) => each.length > 1);
  const pads = isPadded || numbers.some((each) => each.startsWith('0'));
  const digits = (value: string) => String(Number(value)).padStart(pads ? 2 : 1, '0');
  const [year = '', month = '', date = ''] = from.split('-');
  const until = to.slice(8);
  const [weekYear = '', week = ''] = weekOf(to).split('-W');
  const written: Readonly<Record<string, (old: string) => string>> = {
    year: (old) => (groups.has('number') ? weekYear : year).slice(-old.length),
    month: () => digits(month),
    name: (old) => nameLike(old, MONTHS[Number(month) - 1] ?? ''),
    date: () => digits(date),
    th: () => ordinalEnd(Number(date)),
    number: (old) => String(Number(week)).padStart(old.startsWith('0') ? 2 : 1, '0'),
    ...(from === to ? { tail: () => '' } : { until: () => digits(until), th2: () => ordinalEnd(Number(until)) }),
  };
  let result = text;
  for (const [name, { text: old, start, end }] of [...groups].sort(([, a], [, b]) => b.start - a.start))
    result = result.slice(0, start) + (written[name]?.(old) ?? result.slice(start, end)) + result.slice(end);
  return result;
}

function ordinalEnd(number: number): string {
  const isTeen = number > 10 && number < 14;
  return isTeen ? 'th' : (['th', 'st', 'nd', 'rd'][number % 10] ?? 'th');
}

function monthNumber(name: string): string {
  const key = name.slice(0, 3).toLowerCase();
  return String(MONTHS.findIndex((month) => month.toLowerCase().startsWith(key)) + 1);
}

/** "May" is both: the other months of its writer are taken to be short. */
function nameLike(old: string, month: string): string {
  const name = old.length > 4 || /^(?:june|july)$/i.test(old) ? month : month.slice(0, 3);
  return old === old.toUpperCase() ? name.toUpperCase() : old === old.toLowerCase() ? name.toLowerCase() : name;
}

/** Whether the writer of a text puts days first: a day over 12 before the month says so. */
export function dayFirstIn(text: string): boolean {
  const dates = [...text.slice(0, 1 << 16).matchAll(/(?<![\d/.])(\d{1,2})\/(\d{1,2})(?:\/\d{2,4})?(?![\d/])/g)];
  return dates.some(([, a]) => Number(a) > 12) && !dates.some(([, , b]) => Number(b) > 12);
}

export function writeDay(date: FoundDate, day: Day): string {
  return date.write({ from: day, to: day });
}
