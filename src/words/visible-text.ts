// SPDX-License-Identifier: GPL-2.0-only
/** What is printed to a terminal, so that text from outside can move no cursor, ring no bell and turn no line. */
import { HARMFUL } from './plain-text.ts';

/** Ours: colours of a report. */
const COLOUR = new RegExp(`(${String.fromCharCode(0x1b)}\\[[0-9;]*m)`);

/** Every character that a terminal obeys, or that hides or turns text, as an escape to read; lines and tabs stay. */
export function visibleText(text: string): string {
  return text.replace(HARMFUL, (found) => (found === '\n' || found === '\t' ? found : escapeOf(found)));
}

/** The same of a report, whose own colours stay. */
export function visibleReport(text: string): string {
  return text
    .split(COLOUR)
    .map((part, index) => (index % 2 === 1 ? part : visibleText(part)))
    .join('');
}

function escapeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const digits = code.toString(16).padStart(2, '0');
  return code < 0x100 ? `\\x${digits}` : `\\u{${digits}}`;
}
