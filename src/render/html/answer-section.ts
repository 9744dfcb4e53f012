// SPDX-License-Identifier: GPL-2.0-only
/** What was found, before its figures. */
import { asCalled } from '../../words/program-name.ts';
import { markup } from '../markup.ts';
import type { Section, SectionContext } from './section.ts';

/** null = there is nothing to say. */
export function answerSection(lines: readonly string[], { prefix }: SectionContext): Section | null {
  if (lines.length === 0) return null;
  const body = markup`<ul class="sentences">${lines.map((line) => markup`<li>${asCalled(line)}</li>`)}</ul>`;
  return { id: `${prefix}answer`, title: 'In short', body };
}
