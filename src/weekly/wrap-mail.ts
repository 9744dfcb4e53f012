// SPDX-License-Identifier: GPL-2.0-only
/** Breaks the lines of a mail so that whoever reads it back, a person or the next draft, can join them again. */
import { graphemesOf, widthOf } from '../words/text-width.ts';
import { fill, type WrapOptions } from '../words/wrap.ts';

/** What would look like the beginning of something else at the beginning of a line: a bullet, a state, a footnote, a heading, a quote. */
const STARTS = /^(?:[-*+o•>|]|=+|\(?[A-Za-z]{1,2}[.)]|\d+[.)]|\[.*|\(no|No|---*)$/;
const URL = /^[^\s:]{0,20}[a-z][a-z0-9+.-]*:\/\//i;
/** A word of dots is the leader before a state, and stays with it. */
const LEADER = /^\.{2,}$/;

/** Words are kept whole, except those that are longer than a line and no address. */
export function wrapMail(text: string, options: WrapOptions): string[] {
  const room = Math.max(4, options.width - widthOf(options.rest));
  const pieces = unitsOf(text).flatMap((unit) => cut(unit, room));
  const lines = fill(pieces, options);
  return lines.map((line, at) => (at === lines.length - 1 ? line.trimEnd() : line));
}

/** Words, with those that must not begin a line joined to the word before them. */
function unitsOf(text: string): string[] {
  const units: string[] = [];
  for (const word of text.split(/\s+/)) {
    if (word === '') continue;
    const isGlued = units.length > 0 && (STARTS.test(word) || LEADER.test(word));
    units.push(isGlued ? `${units.pop()} ${word}` : word);
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
  const pieces = [''];
  for (const grapheme of graphemesOf(text)) {
    const last = pieces.at(-1) ?? '';
    if (last !== '' && widthOf(last + grapheme) > room) pieces.push(grapheme);
    else pieces.splice(-1, 1, last + grapheme);
  }
  return pieces;
}
