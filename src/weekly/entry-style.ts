// SPDX-License-Identifier: GPL-2.0-only
/** New lines in the style of those beside them: bullets, indents, headings, line length. */
import type { Edits, Told } from './edits.ts';
import { bulletOf } from './line-kind.ts';
import type { Line } from './mail-line.ts';
import { isKind, type Mail, type Node, nodesOf, type Section, type SectionRole, walk } from './mail-tree.ts';

const LEAST_WIDTH = 72;
const MOST_WIDTH = 100;

/** What stands before the words of a line: indent and bullet. */
export function leadOf(text: string): string {
  const bullet = bulletOf(text);
  return bullet === null ? (/^[ \t]*/.exec(text)?.[0] ?? '') : text.slice(0, bullet.textAt);
}

/** How long its writer lets lines become. */
export function widthOfMail({ nodes }: Mail): number {
  let longest = 0;
  for (const { node } of walk(nodes))
    if (node.kind === 'bullet' || node.kind === 'item' || node.kind === 'text')
      for (const { text } of node.lines) if (!text.includes('://')) longest = Math.max(longest, text.length);
  return Math.min(MOST_WIDTH, Math.max(LEAST_WIDTH, longest));
}

/** The first bullet of a mail's cards and sections of news: what a new one looks like. */
export function bulletLead(place: Node | null, mails: readonly Mail[]): string {
  const inside = place === null ? undefined : nodesOf([place], 'bullet')[0];
  const any = mails.flatMap(({ nodes }) => nodesOf(nodes, 'card')).flatMap((card) => nodesOf([card], 'bullet'))[0];
  const last = mails.flatMap(({ nodes }) => nodesOf(nodes, 'bullet'))[0];
  return leadOf((inside ?? any ?? last)?.lines[0]?.text ?? '  - x');
}

export function sectionOf({ nodes }: Mail, role: SectionRole): Section | null {
  return nodesOf(nodes, 'section').find((section) => section.role === role) ?? null;
}

/** The last line of a node that says something: new lines go below it. */
export function lastLineOf(node: Node): Line | undefined {
  const last = node.children.findLast(({ kind }) => kind !== 'blank' && kind !== 'footnote');
  return last === undefined ? node.lines.at(-1) : lastLineOf(last);
}

/** Adds lines below a node; where there is none, in a section of their own at the end of the mail. */
export function addEntries(
  mail: Mail,
  edits: Edits,
  { below, texts, told }: { readonly below: Node | null; readonly texts: readonly string[]; readonly told: Told },
): void {
  // A section at the end of a mail goes above footnotes and signature.
  const end = mail.nodes.findLast(({ kind }) => kind !== 'blank' && kind !== 'footnote' && kind !== 'signature');
  const place = below ?? end;
  const line = place === undefined ? undefined : lastLineOf(place);
  if (line === undefined || texts.length === 0) return;
  edits.insert('after', line, below === null ? ['', ...headingLike(mail, told.place), ...texts] : texts, told);
}

/** A heading as the mail has them, with another title. */
function headingLike({ nodes }: Mail, title: string): string[] {
  const like = nodes.filter((node) => isKind(node, 'section')).at(-1);
  if (like === undefined) return [`=== ${title} ===`];
  const [first = '', below] = like.lines.map(({ text }) => text);
  const at = first.indexOf(like.title);
  const heading = at === -1 ? title : first.slice(0, at) + title + first.slice(at + like.title.length);
  return below === undefined ? [heading] : [heading, (below.trim()[0] ?? '=').repeat(title.length)];
}
