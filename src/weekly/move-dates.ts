// SPDX-License-Identifier: GPL-2.0-only
/** Moves the subject and the dates of a mail on to another week, in the writer's own form. */
import type { DateContext } from './date-forms.ts';
import { Edits } from './edits.ts';
import { type FoundDate, findDates } from './find-dates.ts';
import type { Line } from './mail-line.ts';
import type { Field, Mail, Node } from './mail-tree.ts';
import { addDays, type Day, daysBetween, mondayOf, sundayOf, weekdayName, weekOf } from './week.ts';

export interface Move {
  readonly from: Day;
  readonly to: Day;
  readonly context: DateContext;
}

/** Fields that belong to one mail and not to the next. */
const OF_ONE_MAIL =
  /^(?:message-id|in-reply-to|references|received|return-path|delivered-to|dkim-.*|arc-.*|authentication-results|mime-version|content-.*|x-.*|user-agent|list-.*|thread-.*)$/;

export function moveDates({ lines, nodes }: Mail, move: Move): Edits {
  const edits = new Edits(lines);
  for (const node of nodes) {
    if (node.kind === 'head') for (const field of node.fields) moveField(field, { move, edits });
    if (node.kind === 'head') dropEnvelope(node, edits);
    if (node.kind === 'verbatim') moveLines(node.lines, { move, edits });
    moveTitles(node, { move, edits });
  }
  return edits;
}

interface Moving {
  readonly move: Move;
  readonly edits: Edits;
}

function dropEnvelope(head: Node, edits: Edits): void {
  const [first] = head.lines;
  if (first !== undefined && /^From /.test(first.text)) edits.drop([first], { place: 'mail', why: 'of last mail' });
}

function moveTitles(node: Node, moving: Moving): void {
  if (node.kind !== 'section') return;
  moveLines(node.lines.slice(0, 1), moving);
  for (const child of node.children) moveTitles(child, moving);
}

function moveField(field: Field, { move, edits }: Moving): void {
  if (OF_ONE_MAIL.test(field.name)) {
    edits.drop(field.lines, { place: 'mail', why: 'a field of last mail alone' });
  } else if (field.name === 'date' || field.name === 'sent') {
    const [line] = field.lines;
    if (line === undefined) return;
    const after = moved(line.text, move, () => true);
    edits.replace([line], [after], { place: 'mail', why: 'the day of this report' });
  } else if (field.name === 'subject') {
    const encoded = field.lines.some(({ text }) => text.includes('=?'));
    if (!encoded) moveLines(field.lines, { move, edits });
    if (!encoded) return;
    const after = moved(`Subject: ${field.value}`, move, (date) => isOfWeek(date, move.from));
    edits.replace(field.lines, [after], { place: 'mail', why: 'the week of this report' });
  }
}

function moveLines(lines: readonly Line[], { move, edits }: Moving): void {
  for (const line of lines) {
    const after = moved(line.text, move, (date) => isOfWeek(date, move.from));
    edits.replace([line], [after], { place: 'mail', why: 'the week of this report' });
  }
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
