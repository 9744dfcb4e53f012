// SPDX-License-Identifier: GPL-2.0-only
/** What the run answers, before its figures. */
import type { Report } from '../../model/result.ts';
import { answerLines } from '../../words/answer.ts';
import { markup } from '../markup.ts';
import type { Section, SectionContext } from './section.ts';

/** null = nothing was measured. */
export function answerSection(report: Report, { prefix }: SectionContext): Section | null {
  const lines = answerLines(report);
  if (lines.length === 0) return null;
  const body = markup`<ul class="sentences">${lines.map((line) => markup`<li>${line}</li>`)}</ul>`;
  return { id: `${prefix}answer`, title: 'In short', body };
}
