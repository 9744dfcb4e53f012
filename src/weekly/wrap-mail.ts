// SPDX-License-Identifier: GPL-2.0-only
/** Breaks the lines of a mail so that whoever reads it back, a person or the next draft, can join them again. */
import { graphemesOf, widthOf } from '../words/text-width.ts';

export interface Hang {
  readonly width: number;
  /** Before the first line. */
  readonly first: string;
  /** Before every other line. */
  readonly rest: string;
}

/** What would look like the beginning of something else at the beginning of a line: a bullet, a state, a footnote, a heading, a quote. */
const STARTS = /^(?:[-*+o•>|]|=+|\(?[A-Za-z]{1,2}[.)]|\d+[.)]|\[.*|\(no|No|---*)$/;
const URL = /^[^\s:]{0,20}[a-z][a-z0-9+.-]*:\/\//i;
/** A word of dots is the leader before a state, and stays with it. */
const LEADER = /^\.{2,}$/;

/** Words are kept whole, except those that are longer than a line and no address. */
export function wrapMail(text: string, { width, first, rest }: Hang): string[] {
  const lines: string[] = [];
  let line = first;
  let used = widthOf(first);
  let empty = true;
  const indent = widthOf(rest);
  const room = Math.max(4, width - indent);
  for (const unit of unitsOf(text)) {
    for (const piece of cut(unit, room)) {
      const columns = widthOf(piece);
      if (!empty && used + 1 + columns > width) {
        lines.push(line);
        line = rest;
        used = indent;
        empty = true;
      }
      line += empty ? piece : ` ${piece}`;
      used += columns + (empty ? 0 : 1);
      empty = false;
    }
  }
  return [...lines, line.trimEnd()];
}

/** Words, with those that must not begin a line joined to the word before them. */
function unitsOf(text: string): string[] {
  const units: string[] = [];
  for (const word of text.split(/\s+/)) {
    if (word === '') continue;
    const last = units.at(-1);
    const glued = last !== undefined && (STARTS.test(word) || LEADER.test(word));
    if (glued) units[units.length - 1] = `${last} ${word}`;
    else units.push(word);
  }
  return units;
}

function cut(unit: string, room: number): string[] {
  if (widthOf(unit) <= room || URL.test(unit)) return [unit];
  // A chain of glued words is longer than a line: it may break after all, where it can.
  if (unit.includes(' ')) return unit.split(' ').flatMap((word) => cut(word, room));
  return cutColumns(unit, room);
}

/** Pieces of at most `room` columns, between what a reader sees as characters. */
function cutColumns(text: string, room: number): string[] {
  const pieces: string[] = [];
  let piece = '';
  let used = 0;
  for (const grapheme of graphemesOf(text)) {
    const columns = widthOf(grapheme);
    if (used + columns > room && piece !== '') {
      pieces.push(piece);
      piece = '';
      used = 0;
    }
    piece += grapheme;
    used += columns;
  }
  return piece === '' ? pieces : [...pieces, piece];
}
