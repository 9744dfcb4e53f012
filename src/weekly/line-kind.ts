// SPDX-License-Identifier: GPL-2.0-only
/** What single lines of a report are, in the habits of many writers. Every pattern is linear in the line. */
import { oneLine } from './mail-line.ts';
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

/** "[STR-68] (title) [1]", "[STR-68 | title]", "* [STR-68] title", "STR-68: title". */
export function cardOf(text: string): { readonly id: string; readonly title: string } | null {
  const line = text.trim().slice(0, 400);
  const bracketed = /^(?:[-*+•] )?\[([A-Z][A-Z0-9]{0,15}-\d{1,7})(?:\s?[|:]\s?([^\]]*))?\](.*)$/.exec(line);
  const plain = bracketed === null ? /^([A-Z][A-Z0-9]{0,15}-\d{1,7})(): (.*)$/.exec(line) : null;
  const [, id, inside = '', behind = ''] = bracketed ?? plain ?? [];
  if (id === undefined || /^(?:CVE|RFC|ISO|UTF|SHA)-/.test(id)) return null;
  const title = oneLine(inside === '' ? behind : inside)
    .replace(/(?: ?\[\d{1,3}\])+$/, '')
    .replace(/^\((.*)\)$/, '$1');
  return { id, title };
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
