// SPDX-License-Identifier: GPL-2.0-only
/** Moves the subject and the dates of a mail on to another week, in the writer's own form. */
import type { DateContext } from './date-forms.ts';
import { Edits } from './edits.ts';
import { type FoundDate, findDates } from './find-dates.ts';
import type { Line } from './mail-line.ts';
import { type Mail, walk } from './mail-tree.ts';
import { addDays, type Day, daysBetween, mondayOf, sundayOf, weekdayName, weekOf } from './week.ts';

interface Move {
  readonly from: Day;
  readonly to: Day;
  readonly context: DateContext;
}

const OF_WEEK = 'the week of this report';
/** Fields that belong to one mail and not to the next. */
const OF_ONE_MAIL =
  /^(?:message-id|in-reply-to|references|received|return-path|delivered-to|dkim-.*|arc-.*|authentication-results|mime-version|content-.*|x-.*|user-agent|list-.*|thread-.*)$/;

export function moveDates({ lines, nodes }: Mail, move: Move): Edits {
  const edits = new Edits(lines);
  const moveLine = (line: Line, why: string, isMeant = (date: FoundDate) => isOfWeek(date, move.from)): void =>
    edits.replace([line], [moved(line.text, move, isMeant)], { place: 'mail', why });
  for (const { node, above } of walk(nodes)) {
    if (node.kind === 'section') for (const line of node.lines.slice(0, 1)) moveLine(line, OF_WEEK);
    if (node.kind === 'verbatim' && above.length === 0) for (const line of node.lines) moveLine(line, OF_WEEK);
    if (node.kind !== 'head') continue;
    const envelope = node.lines.filter(({ text }) => /^From /.test(text));
    edits.drop(envelope, { place: 'mail', why: 'of last mail' });
    for (const { name, value, lines: own } of node.fields) {
      const isEncoded = own.some(({ text }) => text.includes('=?'));
      if (OF_ONE_MAIL.test(name)) edits.drop(own, { place: 'mail', why: 'a field of last mail alone' });
      else if (/^(?:date|sent)$/.test(name))
        for (const line of own) moveLine(line, 'the day of this report', () => true);
      else if (name === 'subject' && isEncoded) {
        const text = moved(`Subject: ${value}`, move, (date) => isOfWeek(date, move.from));
        edits.replace(own, [text], { place: 'mail', why: OF_WEEK });
      } else if (name === 'subject') for (const line of own) moveLine(line, OF_WEEK);
    }
  }
  return edits;
}

/** Any day of the week that the report is of. */
function isOfWeek({ from, to }: FoundDate, day: Day): boolean {
  const week = weekOf(day);
  return from <= sundayOf(week) && to >= mondayOf(week) && daysBetween(from, to) < 14;
}

function moved(text: string, { from, to, context }: Move, isMeant: (date: FoundDate) => boolean): string {
  let result = text;
  for (const date of findDates(text, context).reverse()) {
    if (!isMeant(date)) continue;
    const weeks = daysBetween(mondayOf(weekOf(from)), mondayOf(weekOf(to)));
    const shift = (day: Day): Day => (day === from ? to : addDays(day, weeks));
    // The last day of a week of work moves with the report, its first one with the week.
    const range = date.unit === 'week' ? { from: to, to } : { from: shift(date.from), to: shift(date.to) };
    const day = date.from === date.to ? range.from : null;
    const [before, after] = [result.slice(0, date.start), result.slice(date.end)];
    result = withWeekday(before, BEFORE, day) + date.write(range) + withWeekday(after, AFTER, day);
  }
  return result;
}

const BEFORE = /(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)(?=,? $)/;
const AFTER = /(?<=^ \(?)(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)(?=[)>])/;

/** "Fri, " before a day that is another one now, " Fri>" or " (Fri)" behind it. */
function withWeekday(beside: string, place: RegExp, day: Day | null): string {
  return day === null ? beside : beside.replace(place, weekdayName(day));
}
