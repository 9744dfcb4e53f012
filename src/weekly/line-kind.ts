// SPDX-License-Identifier: GPL-2.0-only
/** What single lines of a report are, in the habits of many writers. Every pattern is linear in the line. */
import { type Line, oneLine } from './mail-line.ts';
import type { Card, SectionRole } from './mail-tree.ts';
import { stateClassOf, stateStart, stateWordOf } from './state.ts';

/** "** DONE title" of org-mode. */
export function taskOf(text: string) {
  const found = /^(\*{1,6}) (TODO|NEXT|STARTED|WAIT(?:ING)?|DONE|CANCELL?ED)(?:[ \t]+(\S.*))?$/.exec(text);
  if (found === null) return null;
  const [, mark = '', word = '', title = ''] = found;
  return { mark, title, isDone: /^(?:DONE|CANCEL)/.test(word) };
}

/** "Highlights", "1. Accomplishments" where other headings are in use: few words from the first column on. */
export function looksLikeHeading(text: string): boolean {
  if (/^\d{1,2}[.)] /.test(text))
    return /^\S+ (?:\S+ )?(?:accompl|achiev|highl|progr|plans?|next|issues|done|summ)/i.test(text);
  return /^[\p{Lu}\p{Lo}][^.,;!?。、]{0,58}[^\s.,;!?。、]\s*$/u.test(text);
}

const KEY = '([A-Z][A-Z0-9]{0,15}-\\d{1,7})';
const CARDS = [
  new RegExp(`^(?:[-*+•] )?\\[${KEY}(?:\\s?[|:]\\s?([^\\]]*))?\\](.*)$`),
  new RegExp(`^(?:[-*+•] )?${KEY} \\[([^\\]]+)\\]()$`),
  new RegExp(`^${KEY}(): (.*)$`),
];
const CARD_HEADING = new RegExp(`^${KEY}()(?:\\s*[-–:]\\s+|\\s+|$)(.*)$`);
/** Of documents, and of lists of action items. */
const NO_CARD = /^(?:CVE|RFC|ISO|UTF|SHA|AI|AP|AR|ACTION|TODO)-/;

/** "[STR-68] (title) [1]", "[STR-68 | title]", "* STR-68 [title]", "STR-68: title"; in a heading "STR-68 title" too. */
export function cardOf(text: string, isHeading = false): Pick<Card, 'id' | 'title'> | null {
  const line = text.trim().slice(0, 400);
  for (const pattern of isHeading ? [...CARDS, CARD_HEADING] : CARDS) {
    const [, id, inside = '', behind = ''] = pattern.exec(line) ?? [];
    if (id === undefined) continue;
    const title = oneLine(inside === '' ? behind : inside)
      .replace(/(?: ?\[\d{1,3}\])+$/, '')
      .replace(/^\((.*)\)$/, '$1');
    return NO_CARD.test(id) ? null : { id, title };
  }
  return null;
}

/** "# Status: To Do": a line that a tool made below a card. */
export function remarkOf(text: string): string | null {
  return /^\s{0,3}#[ \t]+(\S.*)$/.exec(text)?.[1] ?? null;
}

const BULLET = /^([ \t\u3000]*)([-*+•‣▪◦●■□·・–—]|o|\(?\d{1,2}[.)]|[①-⑳])([ \t\u3000]+)(\S.*)$/u;

/** With the column at which its text begins. */
export function bulletOf(text: string) {
  const found = BULLET.exec(text) ?? /^([ \t]*)([•●■・])()(\S.*)$/u.exec(text);
  if (found === null) return null;
  const [, indent = '', mark = '', gap = '', rest = ''] = found;
  return { mark, text: rest, textAt: indent.length + mark.length + gap.length };
}

/** What stands before the words of a line: indent and bullet. */
export function leadOf(text: string): string {
  return text.slice(0, bulletOf(text)?.textAt ?? text.length - text.trimStart().length);
}

const ITEM = /^[ \t]*(?:[-*+•][ \t]+)?(?:\(?([a-z]|\d{1,2})[.)][ \t]*|\[([ xX✓-])\][ \t]+)(\S.*)$/;

/** A line with a letter, a number or a box before it, which may be one of a checklist; whether it is says its neighbour. */
export function listedOf(text: string) {
  const [, letter, tick, rest = ''] = ITEM.exec(text) ?? [];
  if (rest === '') return null;
  const at = text.length - rest.length;
  const end = rest.trimEnd().length;
  const place = (tick === undefined ? stateStart(rest) : null) ?? { nameEnd: rest.length, start: end, end };
  const [name, state] = [rest.slice(0, place.nameEnd).trim(), rest.slice(place.start, place.end).trim()];
  const isTick = tick !== undefined;
  return { letter: letter ?? tick ?? '', isTick, name, state, start: at + place.start, end: at + place.end };
}

/** Without those that have a number ("1. tap: todo"), which are news far more often. */
export function itemOf(text: string) {
  const found = listedOf(text);
  return found === null || /^\d/.test(found.letter) ? null : found;
}

/** Whether the second is the letter or the number behind the first. */
export function isNextLetter(before: string, letter: string): boolean {
  const next = /^\d/.test(before) ? Number(before) + 1 : String.fromCharCode(before.charCodeAt(0) + 1);
  return letter === String(next);
}

/** What is directly below a line, over one empty line at most. */
export function textBelow(lines: readonly Line[], at: number): string {
  return lines.slice(at + 1, at + 3).find(({ text }) => text.trim() !== '')?.text ?? '';
}

/** "1) ABC-12: boot time" from the first column on, with bullets below it that have no number; text is enough where cards have one. */
export function numberedTitleOf(lines: readonly Line[], at: number, numbersCards: boolean): string | null {
  const title = NUMBERED_TITLE.exec(lines[at]?.text ?? '')?.[1];
  if (title === undefined) return null;
  const below = textBelow(lines, at);
  const isList = (bulletOf(below) !== null || itemOf(below) !== null || isQuiet(below)) && !/^\d/.test(below);
  return isList || (numbersCards && (/^[ \t]/.test(below) || cardOf(title) !== null)) ? title : null;
}

const NUMBERED_TITLE = /^\d{1,2}[.)][ \t]+(\S.*)$/;

/** "1. Boot" and "2. Networking" are titles where each has a list below it, and none tells of what was done. */
export function numbersTitles(lines: readonly Line[]): boolean {
  const numbered = lines.flatMap(({ text }, at) => (NUMBERED_TITLE.test(text) ? [at] : []));
  const titles = numbered.map((at) => numberedTitleOf(lines, at, false) ?? '');
  return titles.length > 1 && titles.every((title) => looksLikeHeading(title) && !/^[A-Z][a-z]+ed\b/.test(title));
}

/** How far ahead the second line of a checklist may be. */
const MOST_AHEAD = 60;

/** Whether a checklist begins here: with an "a." that has a state or that a "b." follows, or with numbers. */
export function beginsChecklist(lines: readonly Line[], at: number): boolean {
  const { letter, state } = listedOf(lines[at]?.text ?? '') ?? {};
  const ahead = lines.slice(at, at + MOST_AHEAD);
  if (letter === '1') return beginsNumbers(ahead);
  return letter === 'a' && (stateClassOf(state ?? '') !== null || hasNextItem(ahead));
}

/** The "1." and the "2." have states: one of them nothing else, or both the reason apart ("failed: no link", "OK (twice)"). */
function beginsNumbers(ahead: readonly Line[]): boolean {
  const numbered = ahead.flatMap(({ text }) => listedOf(text) ?? []).filter(({ letter }) => /^\d/.test(letter));
  const behind = numbered.slice(0, 2).map(({ state }) => {
    const word = stateWordOf(state);
    return word === '' ? null : state.slice(word.length);
  });
  if (numbered[1]?.letter !== '2' || behind.includes(null)) return false;
  return behind.includes('') || behind.every((text) => /^\s*(?:[:：;(（]|[-–—]+>?\s)/.test(text ?? ''));
}

/** Whether a "b." follows an "a.". */
function hasNextItem(ahead: readonly Line[]): boolean {
  const next = ahead.slice(1).find(({ text }) => /^(?:\[|[ \t]*(?:[-*+•][ \t]+)?\(?b[.)])/.test(text));
  return next !== undefined && !next.text.startsWith('[');
}

const QUIET =
  /^(?:[-*+•] ?)?\(?(?:no (?:progress|updates?|news|changes?|issues?|activity|report|blockers?)(?: (?:since last week|this week|from last week|yet))?|none(?: planned| so far)?|nothing(?: new| to report| special| planned| this week)?|n\/a|nil|same as last week|特になし|なし|無し|无|無|暂无|没有更新|没有|없음|進捗なし)\)?[.。!]?$/iu;

/** "No progress", "(no update)", "None". */
export function isQuiet(text: string): boolean {
  return text.length <= 60 && QUIET.test(text.trim());
}

/** "Regards," and what is below it. */
export function isFarewell(text: string): boolean {
  return text === '-- ' || FAREWELL.test(text);
}

const FAREWELL =
  /^(?:(?:best|kind|warm|with) (?:regards|wishes)|regards|thanks(?: and regards)?|thank you|cheers|sincerely|br|以上)[,.!。]?\s*$/i;

export function footnoteOf(text: string): number | null {
  const number = /^ {0,3}\[(\d{1,3})\]:?[ \t]+\S/.exec(text)?.[1];
  return number === undefined ? null : Number(number);
}

const ROLES: Readonly<Record<Exclude<SectionRole, 'news'>, RegExp>> = {
  patches: /\bpatch(?:es|set)?\b|upstream(?:ing)? status|\bseries\b|パッチ|补丁/i,
  events: /travel|holiday|\bevents?\b|vacation|\bleave\b|calendar|absen|days?[- ]off|\bPTO\b|out of office|休|出張|假/i,
  standing:
    /\bissues?\b|block(?:er|ed|ing)|\brisks?\b|problems?|questions?|\bplan(?:s|ned)?\b|\bnext\b|\bto ?do\b|action items?|upcoming|課題|予定|来週|计划|下周|问题/i,
};

/** What the entries below a title are. */
export function roleOf(title: string): SectionRole {
  return (['patches', 'events', 'standing'] as const).find((role) => ROLES[role].test(title)) ?? 'news';
}
