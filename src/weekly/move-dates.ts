// SPDX-License-Identifier: GPL-2.0-only
/** Moves the subject and the dates of a mail on to another week, in the writer's own form. */
import type { DraftContext } from './draft-context.ts';
import type { Edits } from './edits.ts';
import { type DateContext, type FoundDate, findDates } from './find-dates.ts';
import type { Line } from './mail-line.ts';
import { walk } from './mail-tree.ts';
import { addDays, type Day, daysBetween, mondayOf, type Span, sundayOf, weekdayName } from './week.ts';

const OF_WEEK = 'the week of this report';
/** Fields that belong to one mail and not to the next. */
const OF_ONE_MAIL =
  /^(?:message-id|in-reply-to|references|received|return-path|delivered-to|dkim-.*|arc-.*|authentication-results|mime-version|content-.*|x-.*|user-agent|list-.*|thread-.*)$/;

export function moveDates(edits: Edits, { last, span, dates }: DraftContext): void {
  const move = { from: last.day, to: span.to, context: { ...dates, near: last.day } };
  const moveLines = (lines: readonly Line[], why: string, isMeant = isOfWeek): void => {
    for (const line of lines) edits.replace([line], [moved(line.text, move, isMeant)], why);
  };
  for (const { node, above } of walk(edits.mail.nodes)) {
    if (node.kind === 'section') moveLines(node.lines.slice(0, 1), OF_WEEK);
    if (node.kind === 'verbatim' && above.length === 0) moveLines(node.lines, OF_WEEK);
    if (node.kind !== 'head') continue;
    const envelope = node.lines.filter(({ text }) => /^From /.test(text));
    edits.drop(envelope, 'of last mail');
    for (const { name, value, lines } of node.fields) {
      const isEncoded = lines.some(({ text }) => text.includes('=?'));
      if (OF_ONE_MAIL.test(name)) edits.drop(lines, 'a field of last mail alone');
      else if (/^(?:date|sent)$/.test(name)) moveLines(lines, 'the day of this report', () => true);
      else if (name === 'subject' && isEncoded)
        edits.replace(lines, [moved(`Subject: ${value}`, move, isOfWeek)], OF_WEEK);
      else if (name === 'subject') moveLines(lines, OF_WEEK);
    }
  }
}

/** Any day of the week that the report is of. */
function isOfWeek({ from, to }: FoundDate, day: Day): boolean {
  return from <= sundayOf(day) && to >= mondayOf(day) && daysBetween(from, to) < 14;
}

function moved(text: string, { from, to, context }: Span & { context: DateContext }, isMeant: typeof isOfWeek): string {
  const days = daysBetween(mondayOf(from), mondayOf(to));
  // The last day of a week of work moves with the report, its first one with the week.
  const shift = (day: Day): Day => (day === from ? to : addDays(day, days));
  let result = text;
  for (const date of findDates(text, context).reverse()) {
    if (!isMeant(date, from)) continue;
    const span = date.unit === 'week' ? { from: to, to } : { from: shift(date.from), to: shift(date.to) };
    const day = date.from === date.to ? span.from : null;
    const [before, after] = [result.slice(0, date.start), result.slice(date.end)];
    result = withWeekday(before, BEFORE, day) + date.write(span) + withWeekday(after, AFTER, day);
  }
  return result;
}

const BEFORE = /(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)(?=,? $)/;
const AFTER = /(?<=^ \(?)(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)(?=[)>])/;

/** "Fri, " before a day that is another one now, " Fri>" or " (Fri)" behind it. */
function withWeekday(beside: string, place: RegExp, day: Day | null): string {
  return day === null ? beside : beside.replace(place, weekdayName(day));
}
