// SPDX-License-Identifier: GPL-2.0-only
/** Finds the days and weeks in a line, and writes others in their form. */
import { DATE_FORMS, type DateContext, type Range, readDate, writeDate } from './date-forms.ts';
import type { Day } from './week.ts';

export interface FoundDate extends Range {
  readonly start: number;
  readonly end: number;
  readonly unit: 'day' | 'week';
  /** Another day or range in the same words. */
  write(range: Range): string;
}

/** A date as it is found, before its neighbour is looked at. */
interface OneDate extends FoundDate {
  readonly saysYear: boolean;
  /** What it is where another day is near. */
  readNear(day: Day): Range | null;
}

/** A line is searched no further: dates stand near its beginning. */
const MOST_CHARACTERS = 400;
const BETWEEN =
  /^[ \t]*(?:\((?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*\)[ \t]*)?(?:-|–|—|~|〜|\.\.|to|until|till|through)[ \t]*$/i;

/** In the order of the text; "Mar 30 - Apr 2" is one. */
export function findDates(line: string, context: DateContext): FoundDate[] {
  const text = line.slice(0, MOST_CHARACTERS);
  const all: OneDate[] = [];
  for (const form of DATE_FORMS) {
    form.pattern.lastIndex = 0;
    for (let match = form.pattern.exec(text); match !== null; match = form.pattern.exec(text)) {
      const range = readDate(form, match, context);
      if (range === null) continue;
      const found = match;
      const [start, end] = [match.index, match.index + match[0].length];
      all.push({
        ...range,
        start,
        end,
        unit: form.unit,
        saysYear: match.groups?.year !== undefined,
        readNear: (near) => readDate(form, found, { ...context, near }),
        write: (to) => writeDate(form, found, { context, range: to }),
      });
    }
  }
  all.sort((a, b) => a.start - b.start || b.end - a.end);
  const apart = all.filter((one, index) => !all.slice(0, index).some((other) => one.start < other.end));
  return joined(apart, text);
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
    const write = ({ from, to }: Range) =>
      from === to ? last.write({ from, to }) : last.write({ from, to: from }) + between + date.write({ from: to, to });
    found.splice(-1, 1, { ...last, from: first.from, to: date.to, end: date.end, write });
  }
  return found;
}

/** Whether the writer of a text puts days first: a day over 12 before the month says so. */
export function dayFirstIn(text: string): boolean {
  const dates = [...text.slice(0, 1 << 16).matchAll(/(?<![\d/.])(\d{1,2})\/(\d{1,2})(?:\/\d{2,4})?(?![\d/])/g)];
  return dates.some(([, a]) => Number(a) > 12) && !dates.some(([, , b]) => Number(b) > 12);
}

export function writeDay(date: FoundDate, day: Day): string {
  return date.write({ from: day, to: day });
}
