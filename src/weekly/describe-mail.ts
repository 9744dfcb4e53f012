// SPDX-License-Identifier: GPL-2.0-only
/** What was understood of a mail, in a line, and the lines that were not. */
import { formatCounted } from '../words/format.ts';
import { footnoteMarks } from './footnotes.ts';
import { type Mail, type Node, nodesOf, walk } from './mail-tree.ts';

const TOLD: readonly Node['kind'][] = ['section', 'card', 'item', 'table', 'footnote', 'patch', 'event'];

/** "3 sections, 2 cards, 4 lines of checklists". */
export function describeMail({ nodes }: Mail): string {
  const parts = TOLD.flatMap((kind) => {
    const count = nodesOf(nodes, kind).length;
    if (count === 0) return [];
    if (kind === 'item') return [`${formatCounted(count, 'line')} of checklists`];
    return [formatCounted(count, kind).replace('patchs', 'patches')];
  });
  return parts.length === 0 ? 'text alone' : parts.join(', ');
}

/** The lines that stay as they are, counted from 1. */
export function notUnderstood({ lines, nodes }: Mail): { readonly line: number; readonly text: string }[] {
  const strange = new Set(nodesOf(nodes, 'verbatim').flatMap((node) => node.lines));
  return lines.flatMap((line, at) => (strange.has(line) ? [{ line: at + 1, text: line.text.trim() }] : []));
}

/** What is worth a look before a mail is sent. */
export function checkMail(mail: Mail): string[] {
  const used = new Set(footnoteMarks(mail).map(({ note }) => note.number));
  const defined = new Set(nodesOf(mail.nodes, 'footnote').map(({ number }) => number));
  const ids = nodesOf(mail.nodes, 'card').map(({ id }) => id);
  const counts = new Map(ids.map((id) => [id, ids.filter((each) => each === id).length]));
  const texts = [...walk(mail.nodes)].flatMap(({ node }) => (MARKED.includes(node.kind) ? node.lines : []));
  const marks = texts
    .flatMap(({ text }) => [...text.matchAll(/(?<=\s)\[(\d{1,3})\](?!\()/g)])
    .map(([, one]) => Number(one));
  // Where there are no notes at all, a number in brackets is something else.
  const dangling = new Set(defined.size === 0 ? [] : marks.filter((number) => !defined.has(number)));
  return [
    ...[...counts].flatMap(([id, count]) => (count > 1 ? [`${id} is there ${formatCounted(count, 'time')}`] : [])),
    ...[...defined].flatMap((number) => (used.has(number) ? [] : [`nothing refers to the footnote [${number}]`])),
    ...[...dangling].map((number) => `there is no footnote [${number}]`),
  ];
}

const MARKED: readonly Node['kind'][] = ['bullet', 'item', 'card', 'text', 'patch'];
