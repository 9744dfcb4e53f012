// SPDX-License-Identifier: GPL-2.0-only
/** What was understood of a mail, in a line, and the lines that were not. */
import { formatCounted } from '../words/format.ts';
import { footnoteMarks } from './footnotes.ts';
import { isKind, type Mail, type Node, walk } from './mail-tree.ts';

export interface NotUnderstood {
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

const NOUNS: readonly (readonly [Node['kind'], string, string])[] = [
  ['section', 'section', 'sections'],
  ['card', 'card', 'cards'],
  ['item', 'line of checklists', 'lines of checklists'],
  ['table', 'table', 'tables'],
  ['footnote', 'footnote', 'footnotes'],
  ['patch', 'patch', 'patches'],
  ['event', 'event', 'events'],
];

/** "3 sections, 2 cards, 4 lines of checklists". */
export function describeMail({ nodes }: Mail): string {
  const counts = new Map<string, number>();
  for (const { node } of walk(nodes)) counts.set(node.kind, (counts.get(node.kind) ?? 0) + 1);
  const parts = NOUNS.flatMap(([kind, one, many]) => {
    const count = counts.get(kind) ?? 0;
    return count === 0 ? [] : [`${count} ${count === 1 ? one : many}`];
  });
  return parts.length === 0 ? 'text alone' : parts.join(', ');
}

export function notUnderstood({ lines, nodes }: Mail): NotUnderstood[] {
  const numbers = new Map(lines.map((line, at) => [line, at + 1]));
  const found: NotUnderstood[] = [];
  for (const { node } of walk(nodes))
    if (node.kind === 'verbatim')
      for (const line of node.lines) found.push({ line: numbers.get(line) ?? 0, text: line.text.trim() });
  return found;
}

/** What is worth a look before a mail is sent. */
export function checkMail(mail: Mail): string[] {
  const marked = new Set(footnoteMarks(mail).map(({ note }) => note.number));
  const ids = new Map<string, number>();
  const defined = new Set<number>();
  const notes: string[] = [];
  for (const { node } of walk(mail.nodes)) {
    if (isKind(node, 'card')) ids.set(node.id, (ids.get(node.id) ?? 0) + 1);
    if (isKind(node, 'footnote')) defined.add(node.number);
  }
  for (const [id, count] of ids) if (count > 1) notes.push(`${id} is there ${formatCounted(count, 'time')}`);
  for (const number of defined) if (!marked.has(number)) notes.push(`nothing refers to the footnote [${number}]`);
  for (const number of danglingMarks(mail, defined)) notes.push(`there is no footnote [${number}]`);
  return notes;
}

/** Marks without a note, where there are notes at all. */
function danglingMarks(mail: Mail, defined: ReadonlySet<number>): Set<number> {
  const dangling = new Set<number>();
  for (const { node } of walk(mail.nodes)) {
    if (defined.size === 0 || !['bullet', 'item', 'card', 'text', 'patch'].includes(node.kind)) continue;
    for (const { text } of node.lines)
      for (const [, number] of text.matchAll(/(?<=\s)\[(\d{1,3})\](?!\()/g))
        if (!defined.has(Number(number))) dangling.add(Number(number));
  }
  return dangling;
}
