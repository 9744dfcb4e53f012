// SPDX-License-Identifier: GPL-2.0-only
/** What was understood of a mail, in a line, and the lines that were not. */
import { formatCounted } from '../words/format.ts';
import { footnoteMarks } from './footnotes.ts';
import { type Mail, type Node, nodesOf, walk } from './mail-tree.ts';

const NOUNS: Readonly<Partial<Record<Node['kind'], string>>> = {
  section: 'section',
  card: 'card',
  item: 'line',
  table: 'table',
  footnote: 'footnote',
  patch: 'patch',
  event: 'event',
};

/** "3 sections, 2 cards, 4 lines of checklists". */
export function describeMail({ nodes }: Mail): string {
  const counts = new Map<string, number>();
  for (const { node } of walk(nodes)) counts.set(node.kind, (counts.get(node.kind) ?? 0) + 1);
  const parts = Object.entries(NOUNS).flatMap(([kind, noun]) => {
    const count = counts.get(kind) ?? 0;
    const told = formatCounted(count, noun).replace('patchs', 'patches');
    return count === 0 ? [] : [kind === 'item' ? `${told} of checklists` : told];
  });
  return parts.length === 0 ? 'text alone' : parts.join(', ');
}

/** The lines that stay as they are, counted from 1. */
export function notUnderstood({ lines, nodes }: Mail): { readonly line: number; readonly text: string }[] {
  const strange = new Set(nodesOf(nodes, 'verbatim').flatMap((node) => node.lines));
  return lines.flatMap((line, at) => (strange.has(line) ? [{ line: at + 1, text: line.text.trim() }] : []));
}

const MARKED: readonly Node['kind'][] = ['bullet', 'item', 'card', 'text', 'patch'];

/** What is worth a look before a mail is sent. */
export function checkMail(mail: Mail): string[] {
  const used = new Set(footnoteMarks(mail).map(({ note }) => note.number));
  const defined = new Set(nodesOf(mail.nodes, 'footnote').map(({ number }) => number));
  const ids = new Map<string, number>();
  for (const { id } of nodesOf(mail.nodes, 'card')) ids.set(id, (ids.get(id) ?? 0) + 1);
  const lines = [...walk(mail.nodes)].flatMap(({ node }) => (MARKED.includes(node.kind) ? node.lines : []));
  const marks = lines.flatMap(({ text }) =>
    [...text.matchAll(/(?<=\s)\[(\d{1,3})\](?!\()/g)].map(([, one]) => Number(one)),
  );
  // Where there are no notes at all, a number in brackets is something else.
  const dangling = defined.size === 0 ? [] : marks.filter((number) => !defined.has(number));
  return [
    ...[...ids].flatMap(([id, count]) => (count > 1 ? [`${id} is there ${formatCounted(count, 'time')}`] : [])),
    ...[...defined].filter((number) => !used.has(number)).map((number) => `nothing refers to the footnote [${number}]`),
    ...[...new Set(dangling)].map((number) => `there is no footnote [${number}]`),
  ];
}
