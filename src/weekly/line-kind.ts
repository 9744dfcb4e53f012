// SPDX-License-Identifier: GPL-2.0-only
/** What single lines of a report are, in the habits of many writers. Every pattern is linear in the line. */
import { type Line, oneLine } from './mail-line.ts';
import type { SectionRole } from './mail-tree.ts';
import { stateClassOf, stateStart } from './state.ts';

const MOST_TITLE = 120;

export interface Heading {
  readonly title: string;
  readonly level: number;
}

/** "=== Lab ===", "== Lab": as many signs as one likes. */
export function framedHeading(text: string): Heading | null {
  const line = text.trim();
  if (!line.startsWith('==') || line.length > MOST_TITLE) return null;
  const title = line.replace(/^=+/, '').replace(/=+$/, '').trim();
  return title === '' || title.includes('==') ? null : { title, level: 1 };
}

/** "■ Lab", "【Lab】". */
export function squareHeading(text: string): Heading | null {
  const found = /^(?:[■◆]\s?([^\s].*)|【([^】]+)】\s*)$/u.exec(text);
  return found === null || text.length > MOST_TITLE ? null : { title: (found[1] ?? found[2] ?? '').trim(), level: 1 };
}

/** "## Lab". */
export function hashHeading(text: string): Heading | null {
  const found = /^(#{1,6})[ \t]+(\S.*)$/.exec(text);
  if (found === null || text.length > MOST_TITLE) return null;
  return { title: (found[2] ?? '').replace(/[ \t#]+$/, ''), level: found[1]?.length ?? 1 };
}

/** "** Next week" of org-mode. */
export function starHeading(text: string): Heading | null {
  const found = /^(\*{1,6}) (\S.*)$/.exec(text);
  return found === null || text.length > MOST_TITLE ? null : { title: found[2] ?? '', level: found[1]?.length ?? 1 };
}

/** "** DONE title" of org-mode. */
export function taskOf(
  text: string,
): { readonly mark: string; readonly title: string; readonly isDone: boolean } | null {
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

/** A title with a line of = or - below it. */
export function underlinedHeading(text: string, below: string | undefined): Heading | null {
  const line = below?.trim() ?? '';
  const title = text.trim();
  if (!/^(?:={3,}|-{3,}|~{3,}|\*{3,}|\^{3,})$/.test(line) || title === '' || title.length > MOST_TITLE) return null;
  if (line.length > 2 * title.length + 8 || bulletOf(text) !== null || /\S(?: {2,}|\t)\S/.test(title)) return null;
  return { title: oneLine(title), level: line.startsWith('=') ? 1 : 2 };
}

/** "(MISC)": a heading below a section. */
export function bracketHeading(text: string): Heading | null {
  const found = /^\(([A-Z][A-Z0-9 &/+-]{1,40})\)\s*$/.exec(text);
  return found === null ? null : { title: found[1] ?? '', level: 2 };
}

/** "Next week:" where a mail has no other headings. */
export function wordHeading(text: string): Heading | null {
  const found = /^(\p{Lu}[\p{L}\p{N} &/'-]{1,40}|[\p{Lo}]{1,12})[:：]\s*$/u.exec(text);
  return found === null || (found[1] ?? '').split(' ').length > 5 ? null : { title: found[1] ?? '', level: 1 };
}

export interface CardLine {
  readonly id: string;
  readonly title: string;
}

const KEY = '([A-Z][A-Z0-9]{0,15}-\\d{1,7})';
const CARDS = [
  new RegExp(`^(?:[-*+•] )?\\[${KEY}(?:\\s?[|:]\\s?([^\\]]*))?\\](.*)$`),
  new RegExp(`^(?:[-*+•] )?${KEY} \\[([^\\]]+)\\]()$`),
  new RegExp(`^${KEY}(): (.*)$`),
];
/** Of documents, and of lists of action items. */
const NO_CARD = /^(?:CVE|RFC|ISO|UTF|SHA|AI|AP|AR|ACTION|TODO)-/;

/** "[STR-68] (title) [1]", "[STR-68 | title]", "* [STR-68] title", "* STR-68 [title]", "STR-68: title". */
export function cardOf(text: string): CardLine | null {
  const line = text.trim().slice(0, 400);
  for (const pattern of CARDS) {
    const [, id, inside = '', behind = ''] = pattern.exec(line) ?? [];
    if (id === undefined) continue;
    const title = oneLine(inside === '' ? behind : inside)
      .replace(/(?: ?\[\d{1,3}\])+$/, '')
      .replace(/^\((.*)\)$/, '$1');
    return NO_CARD.test(id) ? null : { id, title };
  }
  return null;
}

const CARD_HEADING = new RegExp(`^${KEY}(?:\\s*[-–:]\\s+|\\s+|$)(.*)$`);

/** "STR-68 title", which is a card only where it is a heading. */
export function cardOfHeading(title: string): CardLine | null {
  const [, id, behind = ''] = CARD_HEADING.exec(title) ?? [];
  return id === undefined || NO_CARD.test(id) ? null : { id, title: behind };
}

/** "# Status: To Do": a line that a tool made below a card. */
export function remarkOf(text: string): string | null {
  return /^\s{0,3}#[ \t]+(\S.*)$/.exec(text)?.[1] ?? null;
}

export interface BulletLine {
  readonly mark: string;
  readonly text: string;
  readonly textAt: number;
}

const BULLET = /^([ \t\u3000]*)([-*+•‣▪◦●■□·・–—]|o|\(?\d{1,2}[.)]|[①-⑳])([ \t\u3000]+)(\S.*)$/u;

export function bulletOf(text: string): BulletLine | null {
  const found = BULLET.exec(text) ?? /^([ \t]*)([•●■・])()(\S.*)$/u.exec(text);
  if (found === null) return null;
  const [, indent = '', mark = '', gap = '', rest = ''] = found;
  return { mark, text: rest, textAt: indent.length + mark.length + gap.length };
}

export interface ItemLine {
  readonly letter: string;
  readonly name: string;
  readonly state: string;
  readonly start: number;
  readonly end: number;
}

const LETTERED = /^([ \t]*(?:[-*+•][ \t]+)?\(?)([a-z])([.)][ \t]*)(\S.*)$/;
const TICKED = /^([ \t]*(?:[-*+•][ \t]+)?)\[([ xX✓-])\]([ \t]+)(\S.*)$/;

/** A line that may be one of a checklist; whether it is says its neighbour. */
export function itemOf(text: string): ItemLine | null {
  const found = LETTERED.exec(text) ?? TICKED.exec(text);
  if (found === null) return null;
  const [, lead = '', letter = '', , rest = ''] = found;
  const at = text.length - rest.length;
  const state = text.startsWith('[', lead.length) ? null : stateStart(rest);
  if (state === null)
    return { letter, name: rest.trim(), state: '', start: text.trimEnd().length, end: text.trimEnd().length };
  const end = at + state.end;
  return {
    letter,
    name: rest.slice(0, state.nameEnd).trim(),
    state: rest.slice(state.start, state.end).trim(),
    start: at + state.start,
    end,
  };
}

/** How far ahead the "b." of a checklist may be. */
const MOST_AHEAD = 60;

/** Whether a "b." follows an "a.". */
export function hasNextItem(lines: readonly Line[], at: number): boolean {
  const ahead = lines.slice(at + 1, at + MOST_AHEAD);
  const next = ahead.find(({ text }) => text.startsWith('[') || /^[ \t]*(?:[-*+•][ \t]+)?\(?b[.)]/.test(text));
  return next !== undefined && !next.text.startsWith('[');
}

/** "[x]" and "[ ]" instead of a letter. */
export function isTick(text: string): boolean {
  return TICKED.test(text);
}

export function hasKnownState({ state }: ItemLine): boolean {
  return stateClassOf(state) !== null;
}

const QUIET =
  /^(?:[-*+•] ?)?\(?(?:no (?:progress|updates?|news|changes?|issues?|activity|report|blockers?)(?: (?:since last week|this week|from last week|yet))?|none(?: planned| so far)?|nothing(?: new| to report| special| planned| this week)?|n\/a|nil|same as last week|特になし|なし|無し|无|無|暂无|没有更新|没有|없음|進捗なし)\)?[.。!]?$/iu;

/** "No progress", "(no update)", "None". */
export function isQuiet(text: string): boolean {
  return text.length <= 60 && QUIET.test(text.trim());
}

/** "Regards," and what is below it. */
export function isFarewell(text: string): boolean {
  return (
    text === '-- ' ||
    /^(?:(?:best|kind|warm|with) (?:regards|wishes)|regards|thanks(?: and regards)?|thank you|cheers|sincerely|br|以上)[,.!。]?\s*$/i.test(
      text,
    )
  );
}

export function footnoteOf(text: string): number | null {
  const number = /^ {0,3}\[(\d{1,3})\]:?[ \t]+\S/.exec(text)?.[1];
  return number === undefined ? null : Number(number);
}

/** What the entries below a title are. */
export function roleOf(title: string): SectionRole {
  if (/\bpatch(?:es|set)?\b|upstream(?:ing)? status|\bseries\b|パッチ|补丁/i.test(title)) return 'patches';
  if (
    /travel|holiday|\bevents?\b|vacation|\bleave\b|calendar|absen|days?[- ]off|\bPTO\b|out of office|休|出張|假/i.test(
      title,
    )
  )
    return 'events';
  if (
    /\bissues?\b|block(?:er|ed|ing)|\brisks?\b|problems?|questions?|\bplan(?:s|ned)?\b|\bnext\b|\bto ?do\b|action items?|upcoming|課題|予定|来週|计划|下周|问题/i.test(
      title,
    )
  )
    return 'standing';
  return 'news';
}
