// SPDX-License-Identifier: GPL-2.0-only
/** The patch status and the calendar of a mail: what is merged or past goes, what is known since comes in. */
import type { Holiday } from './calendar.ts';
import type { DraftContext } from './draft-context.ts';
import type { Edits } from './edits.ts';
import { type DateContext, type FoundDate, findDates, writeDay } from './find-dates.ts';
import { leadOf } from './line-kind.ts';
import { allLines, type CalendarEntry, nodesOf, type Patch } from './mail-tree.ts';
import { addEntries, sectionOf } from './new-lines.ts';
import type { PatchFact } from './patch-facts.ts';
import { weekdayName } from './week.ts';
import { wrapMail } from './wrap-mail.ts';

const DONE = /^(?:(?!not |to be |will |\d+ of \d+ )\S+ ){0,2}merged\b|^(?:dropped|abandoned|withdrawn|superseded)\b/i;

/** What was merged when last week's mail was sent was told there. */
export function dropMerged(edits: Edits): void {
  for (const entry of nodesOf(edits.mail.nodes, 'patch'))
    if (DONE.test(entry.status)) edits.drop(allLines(entry), 'told last week');
}

export function updatePatches(edits: Edits, { known: { patches }, dates, width }: DraftContext): void {
  const entries = nodesOf(edits.mail.nodes, 'patch');
  const sentWords = wordsOf(entries, dates);
  const known = new Map(patches.map((fact) => [fact.name, fact]));
  for (const entry of entries) {
    const fact = known.get(entry.name);
    const change = fact === undefined ? null : changeOf(entry, fact, sentWords);
    if (change === null) continue;
    const first = leadOf(change.text);
    const style = { width, first, rest: ' '.repeat(first.length) };
    edits.replace(entry.lines, wrapMail(change.text.slice(first.length), style), change.why);
  }
  const last = entries.at(-1);
  const lead = leadOf(last?.lines[0]?.text ?? '  - x');
  const texts = patches.filter(({ name }) => name === null).map((fact) => lead + newEntry(fact, sentWords));
  const below = last ?? sectionOf(edits.mail, 'patches');
  addEntries(edits, { below, texts, why: 'sent this week', title: 'Patch status' });
}

type SentWords = (sent: NonNullable<PatchFact['sent']>) => string;

/** How this writer says that a series was sent, and when; then the reviews. */
function wordsOf(entries: readonly Patch[], dates: DateContext): SentWords {
  const statuses = entries.map(({ status }) => status);
  const verbs = statuses.map((text) => /\b(?:re)?(?:submitted|sent|posted)\b(?: on)?/i.exec(text)?.[0]);
  const date = statuses.flatMap((text) => findDates(text, dates)).find(({ unit }) => unit === 'day');
  return ({ day, reviews }) => {
    const shown = date === undefined ? `${Number(day.slice(5, 7))}/${Number(day.slice(8))}` : writeDay(date, day);
    return `${verbs.find(Boolean) ?? 'submitted on'} ${shown}${reviews === '' ? '' : `, ${reviews}`}`;
  };
}

function changeOf(entry: Patch, { sent, merged, title }: PatchFact, sentWords: SentWords) {
  const line = entry.lines[0]?.text ?? '';
  const name = line.slice(0, entry.at.start);
  if (merged !== null && !saysMerged(entry.status, merged)) return { why: `git: "${title}"`, text: name + merged };
  if (sent === null || merged !== null) return null;
  const why = `sent mail: "${title}"`;
  const said = entry.version ?? Number(/\bv(\d{1,3})\b/.exec(entry.status)?.[1] ?? 1);
  if (sent.version > said && entry.version === null)
    return { why, text: `${name}${sent.rfc ? 'RFC ' : ''}v${sent.version} ${sentWords(sent)}` };
  if (sent.version > said)
    return { why, text: name.replace(/v\d{1,3}(?=\)?\s*[:：–-]*>?\s*$)/i, `v${sent.version}`) + sentWords(sent) };
  const whole = [entry.status, ...entry.lines.slice(1).map(({ text }) => text.trim())].join(' ');
  if (sent.version < said || sent.reviews === '' || whole.includes(sent.reviews)) return null;
  return { why, text: `${name}${whole.replace(/[,;] (?:Reviewed|Acked|Tested)-by \d+/gi, '')}, ${sent.reviews}` };
}

function saysMerged(status: string, merged: string): boolean {
  const place = merged.replace(/^.*merged in /, '');
  return status.includes(merged) || (/merged|applied|in /i.test(status) && status.includes(place));
}

function newEntry({ title, sent, merged }: PatchFact, sentWords: SentWords): string {
  if (sent === null) return `"${title}": ${merged ?? ''}`;
  const status = merged ?? `${sent.rfc ? 'RFC ' : ''}${sentWords(sent)}`;
  return `"${title}"${sent.version > 1 ? ` v${sent.version}` : ''}: ${status}`;
}

export function updateEvents(edits: Edits, { span: { from }, known: { events }, dates }: DraftContext): void {
  const entries = nodesOf(edits.mail.nodes, 'event');
  const section = sectionOf(edits.mail, 'events');
  for (const entry of entries) if (entry.to < from) edits.drop(allLines(entry), 'past');
  const why = 'of the calendar';
  const stay = entries.filter((entry) => entry.to >= from);
  const texts: string[] = [];
  for (const event of events) {
    if (event.to < from || entries.some((entry) => isSame(entry, event))) continue;
    const text = entryLine(event, entries, dates);
    const next = section === null ? undefined : stay.find((entry) => entry.from > event.from)?.lines[0];
    if (next === undefined) texts.push(text);
    else edits.insert('before', next, [text], why);
  }
  addEntries(edits, { below: section, texts, why, title: 'Travel & Holiday & Event' });
}

function isSame(entry: CalendarEntry, event: Holiday): boolean {
  const [a, b] = [entry.what.toLowerCase(), event.what.toLowerCase()];
  return entry.from === event.from && entry.to === event.to && (a.includes(b) || b.includes(a));
}

function entryLine(event: Holiday, entries: readonly CalendarEntry[], dates: DateContext): string {
  const isRange = event.from !== event.to;
  const like = entries.findLast((entry) => (entry.from !== entry.to) === isRange) ?? entries.at(-1);
  const text = like?.lines[0]?.text ?? '';
  const lead = leadOf(text);
  const [date] = findDates(text.slice(lead.length), dates);
  if (date === undefined) return `  - ${event.from}${isRange ? ` to ${event.to}` : ''}: ${event.what}`;
  const behind = text.slice(lead.length + date.end);
  const gap = /^([ \t]*[(（](?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[)）])?([\s:：,–-]*)/.exec(behind);
  const weekday = gap?.[1] === undefined || isRange ? '' : gap[1].replace(/[A-Z][a-z]{2}/, weekdayName(event.from));
  return `${lead}${written(event, date)}${weekday}${gap?.[2] || ' '}${event.what}`;
}

/** A form for one day alone is written twice for a range. */
function written(event: Holiday, date: FoundDate): string {
  if (event.from === event.to) return writeDay(date, event.from);
  return date.from === date.to || event.from.slice(0, 7) !== event.to.slice(0, 7)
    ? `${writeDay(date, event.from)} - ${writeDay(date, event.to)}`
    : date.write(event);
}
