// SPDX-License-Identifier: GPL-2.0-only
/** New lines in the style of those beside them: notes, entries, headings, and how long lines may be. */
import { Edits } from './edits.ts';
import { leadOf } from './line-kind.ts';
import { joinLines, type Line } from './mail-line.ts';
import {
  allLines,
  type Card,
  type Mail,
  type Node,
  nodesOf,
  placeOf,
  type Section,
  type SectionRole,
  walk,
} from './mail-tree.ts';
import { wrapMail } from './wrap-mail.ts';

const LEAST_WIDTH = 72;
const MOST_WIDTH = 100;

/** How long its writer lets lines become. */
export function widthOfMail({ nodes }: Mail): number {
  const lines = [...walk(nodes)].flatMap(({ node }) =>
    ['bullet', 'item', 'text'].includes(node.kind) ? node.lines : [],
  );
  const longest = lines.reduce((most, { text }) => (text.includes('://') ? most : Math.max(most, text.length)), 0);
  return Math.min(MOST_WIDTH, Math.max(LEAST_WIDTH, longest));
}

export function sectionOf({ nodes }: Mail, role: SectionRole): Section | null {
  return nodesOf(nodes, 'section').find((section) => section.role === role) ?? null;
}

/** The last line of a node that says something: new lines go below it. */
export function lastLineOf(node: Node): Line | undefined {
  const last = node.children.findLast(({ kind }) => kind !== 'blank' && kind !== 'footnote');
  return last === undefined ? node.lines.at(-1) : lastLineOf(last);
}

interface NewEntries {
  readonly below: Node | null;
  readonly texts: readonly string[];
  readonly why: string;
  /** Of the section that they get where there is none. */
  readonly title: string;
}

/** Adds lines below a node; where there is none, in a section of their own at the end of the mail. */
export function addEntries(edits: Edits, { below, texts, why, title }: NewEntries): void {
  // A section at the end of a mail goes above footnotes and signature.
  const end = edits.mail.nodes.findLast(({ kind }) => kind !== 'blank' && kind !== 'footnote' && kind !== 'signature');
  const place = below ?? end;
  const line = place === undefined ? undefined : lastLineOf(place);
  if (line === undefined || texts.length === 0) return;
  if (below === null) edits.insert('after', line, ['', ...headingLike(edits.mail, title), ...texts], why, title);
  else edits.insert('after', line, texts, why);
}

/** A heading as the mail has them, with another title. */
function headingLike({ nodes }: Mail, title: string): string[] {
  const like = nodes.findLast((node) => node.kind === 'section');
  if (like === undefined) return [`=== ${title} ===`];
  const [first = '', below] = like.lines.map(({ text }) => text);
  const at = first.indexOf(like.title);
  const heading = at === -1 ? title : first.slice(0, at) + title + first.slice(at + like.title.length);
  return below === undefined ? [heading] : [heading, (below.trim()[0] ?? '=').repeat(title.length)];
}

/** What a note may go to, by the names that it has. */
export function placesIn({ nodes }: Mail): { readonly name: string; readonly place: Card | Section }[] {
  const places = [...nodesOf(nodes, 'card'), ...nodesOf(nodes, 'section')];
  return places.map((place) => ({ name: placeOf([place]), place }));
}

/** The card of that id or the section of that title, in any case; null where there is none, or more than one. */
export function placeNamed(mail: Mail, name: string): Card | Section | null {
  const wanted = name.toLowerCase();
  const all = placesIn(mail).map((each) => ({ ...each, name: each.name.toLowerCase() }));
  const exact = all.filter((each) => each.name === wanted);
  const like = all.filter((each) => each.place.kind === 'section' && each.name.startsWith(wanted));
  const [found, second] = exact.length > 0 ? exact : like;
  return second === undefined ? (found?.place ?? null) : null;
}

/** `earlier` are mails that show what a bullet of this writer looks like. */
export function addNote(
  mail: Mail,
  place: Card | Section,
  { text, earlier }: { readonly text: string; readonly earlier: readonly Mail[] },
): string {
  const edits = new Edits(mail);
  const mails = [mail, ...earlier];
  const same = earlier.flatMap((each) => placeNamed(each, placeOf([place])) ?? []);
  const cards = mails.flatMap(({ nodes }) => nodesOf(nodes, 'card'));
  const [like] = nodesOf([place, ...same, ...cards, ...mails.flatMap(({ nodes }) => nodes)], 'bullet');
  const lead = leadOf(like?.lines[0]?.text ?? '  - x');
  const lines = wrapMail(text, { width: widthOfMail(mail), first: lead, rest: ' '.repeat(lead.length) });
  const quiet = place.children.find(({ kind }) => kind === 'quiet');
  const line = noteLine(place);
  if (quiet !== undefined) edits.replace(quiet.lines, lines, 'a note');
  else if (line !== undefined) edits.insert('after', line, lines, 'a note');
  return joinLines(edits.apply());
}

/** Below the last bullet, else below the checklist, else below the heading. */
export function noteLine({ children, lines }: Card | Section): Line | undefined {
  const last = children.findLast(({ kind }) => ['bullet', 'patch', 'event'].includes(kind));
  const list = children.findLast(({ kind }) => kind === 'item' || kind === 'remark');
  if (last !== undefined) return allLines(last).at(-1);
  return list === undefined ? lines.at(-1) : lastLineOf(list);
}
