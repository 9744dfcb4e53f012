// SPDX-License-Identifier: GPL-2.0-only
/** A bullet more in a card or a section of a draft, in the style of those that are there. */

import { Edits } from './edits.ts';
import { bulletLead, lastLineOf, widthOfMail } from './entry-style.ts';
import { joinLines, type Line } from './mail-line.ts';
import { allLines, type Card, type Mail, nodesOf, type Section } from './mail-tree.ts';
import { wrapMail } from './wrap-mail.ts';

/** The card of that id or the section of that title, in any case; null where there is none, or more than one. */
export function placeNamed({ nodes }: Mail, name: string): Card | Section | null {
  const wanted = name.toLowerCase();
  const cards = nodesOf(nodes, 'card').filter(({ id }) => id.toLowerCase() === wanted);
  if (cards.length === 1) return cards[0] ?? null;
  const sections = nodesOf(nodes, 'section');
  const exact = sections.filter(({ title }) => title.toLowerCase() === wanted);
  const like = exact.length > 0 ? exact : sections.filter(({ title }) => title.toLowerCase().startsWith(wanted));
  return like.length === 1 ? (like[0] ?? null) : null;
}

/** Every place that can be named. */
export function placeNames({ nodes }: Mail): string[] {
  return [...nodesOf(nodes, 'card').map(({ id }) => id), ...nodesOf(nodes, 'section').map(({ title }) => title)];
}

/** `earlier` are mails that show what a bullet of this writer looks like. */
export function addNote(
  mail: Mail,
  place: Card | Section,
  { text, earlier }: { readonly text: string; readonly earlier: readonly Mail[] },
): string {
  const edits = new Edits(mail.lines);
  const same = earlier.flatMap((each) => placeNamed(each, place.kind === 'card' ? place.id : place.title) ?? []);
  const like = [place, ...same].find((each) => nodesOf([each], 'bullet').length > 0) ?? null;
  const lead = bulletLead(like, [mail, ...earlier]);
  const lines = wrapMail(text, { width: widthOfMail(mail), first: lead, rest: ' '.repeat(lead.length) });
  const told = { place: place.kind === 'card' ? place.id : place.title, why: 'a note' };
  const quiet = place.children.find(({ kind }) => kind === 'quiet');
  if (quiet !== undefined) edits.replace(quiet.lines, lines, told);
  else {
    const line = noteLine(place);
    if (line !== undefined) edits.insert('after', line, lines, told);
  }
  return joinLines(edits.apply(mail.lines));
}

/** Below the last bullet, else below the checklist, else below the heading. */
export function noteLine(place: Card | Section): Line | undefined {
  const last = place.children.findLast(({ kind }) => ['bullet', 'patch', 'event'].includes(kind));
  if (last !== undefined) return allLines(last).at(-1);
  const list = place.children.findLast(({ kind }) => kind === 'item' || kind === 'remark');
  if (list !== undefined) return lastLineOf(list);
  return place.lines.at(-1);
}
