// SPDX-License-Identifier: GPL-2.0-only
/** What was found, before its figures. */
import type { Report } from '../../model/result.ts';
import { asCalled } from '../../words/program-name.ts';
import { colourClass } from '../backend-colours.ts';
import { markup, type Piece } from '../markup.ts';
import { barParts } from '../ranked-bars.ts';
import type { Section, SectionContext } from './section.ts';

/** null = there is nothing to say. */
export function answerSection(lines: readonly Piece[], { prefix }: Pick<SectionContext, 'prefix'>): Section | null {
  if (lines.length === 0) return null;
  const body = markup`<ul class="sentences">${lines.map((line) => markup`<li>${typeof line === 'string' ? asCalled(line) : line}</li>`)}</ul>`;
  return { id: `${prefix}answer`, title: 'In short', body };
}

/** A line of the answer of a run: the bars of its ranking have the colours of their backends. */
export function withColours(line: string, report: Report): Piece {
  return barParts(asCalled(line), report).map(({ text, cell }) => {
    if (cell === null) return markup`${text}`;
    return markup`<span class="ranked ${colourClass({ backend: cell.backend, isTwin: cell.twinOf !== null })}">${text}</span>`;
  });
}
