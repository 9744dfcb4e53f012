// SPDX-License-Identifier: GPL-2.0-only
/** A bullet more in a card or a section of a draft, in the style of those that are there. */
import { Edits } from './edits.ts';
import { bulletLead, lastLineOf, widthOfMail } from './entry-style.ts';
import { joinLines, type Line } from './mail-line.ts';
import { allLines, type Card, type Mail, nodesOf, type Section } from './mail-tree.ts';
import { wrapMail } from './wrap-mail.ts';

const nameOf = (place: Card | Section): string => (place.kind === 'card' ? place.id : place.title);

/** What a note may go to. */
export function placesIn({ nodes }: Mail): { readonly name: string; readonly place: Card | Section }[] {
  const places = [...nodesOf(nodes, 'card'), ...nodesOf(nodes, 'section')];
  return places.map((place) => ({ name: nameOf(place), place }));
}

/** The card of that id or the section of that title, in any case; null where there is none, or more than one. */
export function placeNamed(mail: Mail, name: string): Card | Section | null {
  const wanted = name.toLowerCase();
  const all = placesIn(mail);
  const exact = all.filter((each) => each.name.toLowerCase() === wanted);
  const begins = ({ place, name: own }: (typeof all)[number]) =>
    place.kind === 'section' && own.toLowerCase().startsWith(wanted);
  const like = exact.length > 0 ? exact : all.filter(begins);
  return like.length === 1 ? (like[0]?.place ?? null) : null;
}

/** `earlier` are mails that show what a bullet of this writer looks like. */
export function addNote(
  mail: Mail,
  place: Card | Section,
  { text, earlier }: { readonly text: string; readonly earlier: readonly Mail[] },
): string {
  const edits = new Edits(mail.lines);
  const same = earlier.flatMap((each) => placeNamed(each, nameOf(place)) ?? []);
  const like = [place, ...same].find((each) => nodesOf([each], 'bullet').length > 0) ?? null;
  const lead = bulletLead(like, [mail, ...earlier]);
  const lines = wrapMail(text, { width: widthOfMail(mail), first: lead, rest: ' '.repeat(lead.length) });
  const told = { place: nameOf(place), why: 'a note' };
  const quiet = place.children.find(({ kind }) => kind === 'quiet');
  const line = noteLine(place);
  if (quiet !== undefined) edits.replace(quiet.lines, lines, told);
  else if (line !== undefined) edits.insert('after', line, lines, told);
  return joinLines(edits.apply(mail.lines));
}

/** Below the last bullet, else below the checklist, else below the heading. */
export function noteLine({ children, lines }: Card | Section): Line | undefined {
  const last = children.findLast(({ kind }) => ['bullet', 'patch', 'event'].includes(kind));
  const list = children.findLast(({ kind }) => kind === 'item' || kind === 'remark');
  if (last !== undefined) return allLines(last).at(-1);
  return list === undefined ? lines.at(-1) : lastLineOf(list);
}
