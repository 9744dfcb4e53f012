// SPDX-License-Identifier: GPL-2.0-only
/** Makes text that came from a disk harmless to a terminal: no escape sequence, no second line, no reversed reading. */

/**
 * Controls (C0, DEL, C1), format characters (zero-width ones, marks that turn the reading direction), line and paragraph
 * separators, halves of surrogate pairs. Stateful by its `g`: for `replace` alone.
 */
export const HARMFUL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** The text in one line, control characters replaced by a blank, cut to `most` characters. */
export function plainText(text: string, most = 1000): string {
  const clean = text
    .slice(0, 4 * most)
    .replace(HARMFUL, ' ')
    .trim();
  const characters = Array.from(clean);
  return characters.length <= most ? clean : `${characters.slice(0, most - 3).join('')}...`;
}
