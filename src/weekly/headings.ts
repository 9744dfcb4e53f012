// SPDX-License-Identifier: GPL-2.0-only
/** Which habit of headings a mail has, and the headings in it. */
import {
  bracketHeading,
  bulletOf,
  framedHeading,
  type Heading,
  hashHeading,
  isQuiet,
  squareHeading,
  starHeading,
  taskOf,
  underlinedHeading,
  wordHeading,
} from './line-kind.ts';
import type { Line } from './mail-line.ts';

interface Habit {
  readonly stars: boolean;
  readonly words: boolean;
}

export interface FoundHeading extends Heading {
  /** 2 where a line is below it. */
  readonly length: number;
}

/** Stars are headings where bullets have other signs; words with a colon where nothing else is a heading. */
export function headingHabit(lines: readonly Line[]): Habit {
  const texts = lines.map(({ text }) => text);
  const other = texts.some((text) => /^\s*(?:[-+•]|\d{1,2}[.)])[ \t]+\S/.test(text) || /^\s+\*[ \t]+\S/.test(text));
  // Bullets of one sign alone are no headings, however many there are of it.
  const isOrg = texts.some((text) => taskOf(text) !== null || /^#\+[A-Z]+:/i.test(text));
  const stars =
    (isOrg || (other && texts.some((text) => /^\*{2,6} \S/.test(text)))) && !texts.some((text) => framedHeading(text));
  const others = texts.some(
    (text, at) =>
      framedHeading(text) !== null ||
      underlinedHeading(text, texts[at + 1]) !== null ||
      (hashHeading(text) !== null && texts[at - 1]?.trim() === ''),
  );
  return { stars, words: !stars && !others };
}

/** The heading that begins at a line; null where there is none. */
export function headingAt(lines: readonly Line[], at: number, habit: Habit): FoundHeading | null {
  const text = lines[at]?.text.replace('\uFEFF', '') ?? '';
  const underlined = underlinedHeading(text, lines[at + 1]?.text);
  if (underlined !== null) return { ...underlined, length: 2 };
  const before = lines[at - 1]?.text.trim() ?? '';
  const found =
    framedHeading(text) ??
    squareHeading(text) ??
    hashHeading(text) ??
    (habit.stars ? starHeading(text) : null) ??
    (isQuiet(text) ? null : bracketHeading(text)) ??
    (habit.words && (before === '' || bulletOf(before) !== null || isQuiet(before)) ? wordHeading(text) : null);
  return found === null ? null : { ...found, length: 1 };
}
