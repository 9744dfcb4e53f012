// SPDX-License-Identifier: GPL-2.0-only
/** The patch status of a mail: newer versions, reviews and releases come in; what was merged last week goes. */
import type { DateContext } from './date-forms.ts';
import { Edits } from './edits.ts';
import { addEntries, leadOf, sectionOf } from './entry-style.ts';
import { findDates, writeDay } from './find-dates.ts';
import { allLines, type Mail, nodesOf, type Patch } from './mail-tree.ts';
import type { PatchFact } from './patch-facts.ts';
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

export function updatePatches(
  mail: Mail,
  facts: readonly PatchFact[],
  { dates, width }: { dates: DateContext; width: number },
): Edits {
  const edits = new Edits(mail.lines);
  const section = sectionOf(mail, 'patches');
  const entries = nodesOf(mail.nodes, 'patch');
  const place = section?.title ?? TITLE;
  const sentWords = wordsOf(entries, dates);
  const known = new Map(facts.map((fact) => [fact.name, fact]));
  for (const entry of entries) {
    const fact = known.get(entry.name);
    const change = fact === undefined ? null : changeOf(entry, fact, sentWords);
    if (change === null) continue;
    const lead = leadOf(change.text);
    const style = { width, first: lead, rest: ' '.repeat(lead.length) };
    edits.replace(entry.lines, wrapMail(change.text.slice(lead.length), style), { place, why: change.why });
  }
  const lead = leadOf(entries.at(-1)?.lines[0]?.text ?? '  - x');
  const texts = facts.filter(({ name }) => name === null).map((fact) => lead + newEntry(fact, sentWords));
  addEntries(mail, edits, { below: entries.at(-1) ?? section, texts, told: { place, why: 'sent this week' } });
  return edits;
}

type Sent = NonNullable<PatchFact['sent']>;
type SentWords = (sent: Sent) => string;

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
