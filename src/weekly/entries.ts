// SPDX-License-Identifier: GPL-2.0-only
/** Entries of a patch status ("boot/disk v3: submitted on 3/8") and of a calendar ("Mar 28-31: days off"). */
import { type DateContext, findDates } from './find-dates.ts';
import { leadOf } from './line-kind.ts';
import { oneLine } from './mail-line.ts';
import type { SectionRole } from './mail-tree.ts';
import type { Part } from './open-nodes.ts';

/** null where the line is none of the section's entries. */
export function readEntry(role: SectionRole, text: string, context: DateContext): Part | null {
  if (role === 'patches') return patchEntry(text);
  return role === 'events' ? eventEntry(text, context) : null;
}

const STATUS =
  /[:：]\s+(?=(?:\S+ ){0,3}?(?:re)?(?:submi|sent|send|post|merg|appl|accept|queue|pick|nack|reject|drop|wait|review|pend|ack|supersed|abandon|in |not yet|under |to be|RFC|v\d|no |on |done|blocked|need))/i;

function patchEntry(text: string): Part | null {
  const lead = leadOf(text).length;
  const rest = text.slice(lead);
  const split = statusStart(rest);
  if (split === null) return null;
  const [, name = '', number] = /^(.*?)(?:(?<!\S)\(?v(\d{1,3})\)?)?$/is.exec(rest.slice(0, split.nameEnd).trim()) ?? [];
  const version = number === undefined ? null : Number(number);
  const at = { start: lead + split.start, end: text.trimEnd().length };
  return { kind: 'patch', name: name.trim(), version, status: text.slice(at.start, at.end), at };
}

/** Behind a quoted title, else before the last words that speak of a status, else behind the first colon. */
function statusStart(rest: string): { readonly nameEnd: number; readonly start: number } | null {
  const quoted = /^["“][^"”]{1,300}["”](?:\s\([^()]{0,80}\))?(?:\s?v\d{1,3})?[:：]\s/.exec(rest);
  if (quoted !== null) return { nameEnd: quoted[0].replace(/[:：]\s$/, '').length, start: quoted[0].length };
  const known = STATUS.exec(rest.slice(0, 400)) ?? /[:：]\s+(?=\S)|\s+[-–]+>?\s+(?=\S)/.exec(rest.slice(0, 400));
  if (known === null || known.index === 0) return null;
  return { nameEnd: known.index, start: known.index + known[0].length };
}

function eventEntry(text: string, context: DateContext): Part | null {
  const lead = leadOf(text).length;
  const rest = text.slice(lead);
  const [date] = findDates(rest, context);
  if (date === undefined || date.unit !== 'day' || date.start > 1) return null;
  const behind = rest
    .slice(date.end)
    .replace(/^[ \t]*[(（]?(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|[月火水木金土日])[a-z]{0,6}[)）]?(?![A-Za-z])/i, '')
    .replace(/^[\s:：,–)-]+/, '');
  const what = oneLine(behind);
  return what === '' ? null : { kind: 'event', from: date.from, to: date.to, what };
}
