// SPDX-License-Identifier: GPL-2.0-only
/** The patch status of a mail: newer versions, reviews and releases come in; what was merged last week goes. */

import type { DateContext } from './date-forms.ts';
import { Edits } from './edits.ts';
import { addEntries, leadOf, sectionOf } from './entry-style.ts';
import { findDates, writeDay } from './find-dates.ts';
import { allLines, type Mail, nodesOf, type Patch } from './mail-tree.ts';
import type { PatchFact } from './patch-facts.ts';
import type { Day } from './week.ts';
import { wrapMail } from './wrap-mail.ts';

const TITLE = 'Patch status';
const DONE = /^(?:(?!not |to be |will |\d+ of \d+ )\S+ ){0,2}merged\b|^(?:dropped|abandoned|withdrawn|superseded)\b/i;

/** What was merged when last week's mail was sent was told there. */
export function dropMerged(mail: Mail): Edits {
  const edits = new Edits(mail.lines);
  const place = sectionOf(mail, 'patches')?.title ?? TITLE;
  for (const entry of nodesOf(mail.nodes, 'patch'))
    if (DONE.test(entry.status)) edits.drop(allLines(entry), { place, why: 'told last week' });
  return edits;
}

export interface PatchStyle {
  readonly dates: DateContext;
  readonly width: number;
}

export function updatePatches(mail: Mail, facts: readonly PatchFact[], { dates, width }: PatchStyle): Edits {
  const edits = new Edits(mail.lines);
  const section = sectionOf(mail, 'patches');
  const entries = nodesOf(mail.nodes, 'patch');
  const place = section?.title ?? TITLE;
  const words = new Words(entries, dates);
  const known = new Map(facts.map((fact) => [fact.name, fact]));
  for (const entry of entries) {
    const fact = known.get(entry.name);
    const change = fact === undefined ? null : changeOf(entry, fact, words);
    const [line] = entry.lines;
    if (change === null || line === undefined) continue;
    const text = change.text(line.text);
    const lead = leadOf(text);
    const lines = wrapMail(text.slice(lead.length), { width, first: lead, rest: ' '.repeat(lead.length) });
    edits.replace(entry.lines, lines, { place, why: change.why });
  }
  const lead = leadOf(entries.at(-1)?.lines[0]?.text ?? '  - x');
  const texts = facts.filter(({ name }) => name === null).map((fact) => lead + newEntry(fact, words));
  addEntries(mail, edits, { below: entries.at(-1) ?? section, texts, told: { place, why: 'sent this week' } });
  return edits;
}

/** How this writer says that a series was sent, and when. */
class Words {
  readonly #verb: string;
  readonly #date: (day: Day) => string;

  constructor(entries: readonly Patch[], dates: DateContext) {
    const statuses = entries.map(({ status }) => status);
    this.#verb =
      statuses.map((text) => /\b(?:re)?(?:submitted|sent|posted)\b(?: on)?/i.exec(text)?.[0]).find(Boolean) ??
      'submitted on';
    const date = statuses.flatMap((text) => findDates(text, dates)).find(({ unit }) => unit === 'day');
    this.#date = (day) =>
      date === undefined ? `${Number(day.slice(5, 7))}/${Number(day.slice(8))}` : writeDay(date, day);
  }

  sent(day: Day): string {
    return `${this.#verb} ${this.#date(day)}`;
  }
}

interface EntryChange {
  readonly why: string;
  text(line: string): string;
}

function changeOf(entry: Patch, { sent, merged, title }: PatchFact, words: Words): EntryChange | null {
  const status = (text: string) => (line: string) => line.slice(0, entry.at.start) + text;
  if (merged !== null && !saysMerged(entry.status, merged)) return { why: `git: "${title}"`, text: status(merged) };
  if (sent === null || merged !== null) return null;
  const said = entry.version ?? Number(/\bv(\d{1,3})\b/.exec(entry.status)?.[1] ?? 1);
  const reviews = sent.reviews === '' ? '' : `, ${sent.reviews}`;
  const why = `sent mail: "${title}"`;
  if (sent.version > said) {
    const version = `v${sent.version}`;
    const inName = entry.version !== null;
    const text = `${inName ? '' : `${sent.rfc ? 'RFC ' : ''}${version} `}${words.sent(sent.day)}${reviews}`;
    return { why, text: (line) => withVersion(line.slice(0, entry.at.start), inName ? version : null) + text };
  }
  const whole = [entry.status, ...entry.lines.slice(1).map((line) => line.text.trim())].join(' ');
  if (sent.version < said || reviews === '' || whole.includes(sent.reviews)) return null;
  const without = whole.replace(/[,;] (?:Reviewed|Acked|Tested)-by \d+/gi, '');
  return { why, text: status(without + reviews) };
}

function saysMerged(status: string, merged: string): boolean {
  const place = merged.replace(/^.*merged in /, '');
  return status.includes(merged) || (/merged|applied|in /i.test(status) && status.includes(place));
}

function withVersion(name: string, version: string | null): string {
  if (version === null) return name;
  const at = name.search(/v\d{1,3}\)?\s*[:：–-]*>?\s*$/i);
  return at === -1 ? name : name.slice(0, at) + name.slice(at).replace(/v\d{1,3}/i, version);
}

function newEntry({ title, sent, merged }: PatchFact, words: Words): string {
  if (sent === null) return `"${title}": ${merged ?? ''}`;
  const version = `${sent.version > 1 ? ` v${sent.version}` : ''}`;
  const status =
    merged ?? `${sent.rfc ? 'RFC ' : ''}${words.sent(sent.day)}${sent.reviews === '' ? '' : `, ${sent.reviews}`}`;
  return `"${title}"${version}: ${status}`;
}
