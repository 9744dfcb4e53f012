// SPDX-License-Identifier: GPL-2.0-only
/** How many columns a text takes in a terminal or a mail. */
import { eastAsianWidth } from 'get-east-asian-width';

const SEGMENTER = new Intl.Segmenter('en', { granularity: 'grapheme' });
const ASCII = /^[ -~]*$/;
const EMOJI = /\p{Emoji_Presentation}|\uFE0F/u;
/** Marks that stand on the character before them. */
const NO_COLUMN = /^[\p{Mn}\p{Me}\p{Cf}]+$/u;

/** What a reader sees as characters: a letter with its accents, a family of emoji. */
export function graphemesOf(text: string): string[] {
  // Segmenting costs microseconds a character.
  return ASCII.test(text) ? text.split('') : Array.from(SEGMENTER.segment(text), ({ segment }) => segment);
}

/** East Asian wide and full-width characters and emoji take two columns, marks none (Unicode Standard Annex 11). */
export function widthOf(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const grapheme of graphemesOf(text)) {
    if (NO_COLUMN.test(grapheme)) continue;
    width += EMOJI.test(grapheme) ? 2 : eastAsianWidth(grapheme.codePointAt(0) ?? 0);
  }
  return width;
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - widthOf(text))) + text;
}

/** The text in at most `width` columns, with dots where something was cut off. */
export function cutTo(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let [cut, taken] = ['', 0];
  for (const grapheme of graphemesOf(text)) {
    taken += widthOf(grapheme);
    if (taken > width - 3) break;
    cut += grapheme;
  }
  return `${cut}...`;
}
