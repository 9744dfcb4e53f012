// SPDX-License-Identifier: GPL-2.0-only
/** The headings of a mail, and which habit of headings it has. */
import { bulletOf, isQuiet, numbersTitles, taskOf } from './line-kind.ts';
import { type Line, oneLine } from './mail-line.ts';

const MOST_TITLE = 120;

const FORMS = {
  /** "=== Lab ===", "== Lab": as many signs as one likes. */
  framed: /^\s*={2,}\s*([^\s=](?:(?!==).)*?)\s*=*\s*$/,
  /** "■ Lab", "【Lab】". */
  square: /^(?:[■◆]\s?|【)([^\s】][^】]*?)】?\s*$/u,
  /** "## Lab". */
  hash: /^#{1,6}[ \t]+([^\s#].*?)[ \t#]*$/,
  /** "** Next week" of org-mode. */
  star: /^\*{1,6} (\S.*)$/,
  /** "(MISC)": a heading below a section. */
  bracket: /^\(([A-Z][A-Z0-9 &/+-]{1,40})\)\s*$/,
  /** "Next week:" where a mail has no other headings. */
  word: /^(?=.{2,42}$)(\p{Lu}[\p{L}\p{N}&/'-]*(?: [\p{L}\p{N}&/'-]+){0,4}|\p{Lo}{1,12})[:：]\s*$/u,
} as const;

export interface Heading {
  readonly title: string;
  readonly level: number;
  /** 2 where a line is below it. */
  readonly length: number;
}

function formed(text: string, form: keyof typeof FORMS): Heading | null {
  const title = text.length > MOST_TITLE ? undefined : FORMS[form].exec(text)?.[1];
  const level = form === 'bracket' ? 2 : (/^(?:#+|\*+)/.exec(text)?.[0].length ?? 1);
  return title === undefined ? null : { title, level, length: 1 };
}

/** A title with a line of = or - below it. */
function underlined(text: string, below: string | undefined): Heading | null {
  const line = below?.trim() ?? '';
  const title = text.trim();
  if (!/^(?:={3,}|-{3,}|~{3,}|\*{3,}|\^{3,})$/.test(line) || title === '' || title.length > MOST_TITLE) return null;
  if (line.length > 2 * title.length + 8 || bulletOf(text) !== null || /\S(?: {2,}|\t)\S/.test(title)) return null;
  return { title: oneLine(title), level: line.startsWith('=') ? 1 : 2, length: 2 };
}

/** Stars are headings where bullets have other signs; words with a colon where nothing else is; "1. Boot" where all are. */
export function headingHabit(lines: readonly Line[]) {
  const texts = lines.map(({ text }) => text);
  const other = texts.some((text) => /^\s*(?:[-+•]|\d{1,2}[.)])[ \t]+\S/.test(text) || /^\s+\*[ \t]+\S/.test(text));
  const isOrg = texts.some((text) => taskOf(text) !== null || /^#\+[A-Z]+:/i.test(text));
  const isFramed = texts.some((text) => formed(text, 'framed') !== null);
  // Bullets of one sign alone are no headings, however many there are of it.
  const stars = !isFramed && (isOrg || (other && texts.some((text) => /^\*{2,6} \S/.test(text))));
  const isOther = (text: string, at: number) =>
    underlined(text, texts[at + 1]) !== null || (formed(text, 'hash') !== null && texts[at - 1]?.trim() === '');
  return { stars, words: !stars && !isFramed && !texts.some(isOther), numbers: numbersTitles(lines) };
}

/** The heading that begins at a line; null where there is none. */
export function headingAt(lines: readonly Line[], at: number, habit: ReturnType<typeof headingHabit>): Heading | null {
  const text = lines[at]?.text.replace('\uFEFF', '') ?? '';
  const before = lines[at - 1]?.text.trim() ?? '';
  const isApart = before === '' || bulletOf(before) !== null || isQuiet(before);
  return (
    underlined(text, lines[at + 1]?.text) ??
    formed(text, 'framed') ??
    formed(text, 'square') ??
    formed(text, 'hash') ??
    (habit.stars ? formed(text, 'star') : null) ??
    (isQuiet(text) ? null : formed(text, 'bracket')) ??
    (habit.words && isApart ? formed(text, 'word') : null)
  );
}
