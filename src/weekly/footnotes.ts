// SPDX-License-Identifier: GPL-2.0-only
/** Footnotes of a mail: which mark means which note, and their numbers over the whole mail. */
import { Edits } from './edits.ts';
import type { Line } from './mail-line.ts';
import { type Footnote, type Mail, type Node, nodesOf, walk } from './mail-tree.ts';

/** The place of numbers, which are anywhere. */
export const FOOTNOTES = 'footnotes';

interface Mark {
  readonly line: Line;
  readonly start: number;
  readonly end: number;
  readonly note: Footnote;
}

/** Marks in the order of the text. The note of a number is the next one below, so that sections may count for themselves. */
export function footnoteMarks({ lines, nodes }: Mail): Mark[] {
  const notes = nodesOf(nodes, 'footnote');
  if (notes.length === 0) return [];
  const places = new Map(lines.map((line, at) => [line, at]));
  const placeOf = (line: Line | undefined): number => (line === undefined ? 0 : (places.get(line) ?? 0));
  const byNumber = new Map<number, Footnote[]>();
  for (const note of notes) byNumber.set(note.number, [...(byNumber.get(note.number) ?? []), note]);
  const marks: Mark[] = [];
  for (const { node } of walk(nodes)) {
    if (['footnote', 'table', 'head', 'signature', 'blank'].includes(node.kind)) continue;
    for (const line of node.lines) {
      for (const found of line.text.matchAll(/\[(\d{1,3})\](?!\()/g)) {
        const same = byNumber.get(Number(found[1])) ?? [];
        const note = same.find((each) => placeOf(each.lines[0]) > placeOf(line)) ?? same.at(-1);
        if (note !== undefined) marks.push({ line, start: found.index, end: found.index + found[0].length, note });
      }
    }
  }
  return marks;
}

/** Texts of the notes that no mark refers to: a writer may list links without marks, and they stay. */
export function unmarkedNotes(mail: Mail): Set<string> {
  const marked = new Set(footnoteMarks(mail).map(({ note }) => note));
  return new Set(
    nodesOf(mail.nodes, 'footnote')
      .filter((note) => !marked.has(note))
      .map(textOf),
  );
}

/** Drops notes whose marks went, and numbers the others in the order of their first marks. */
export function settleFootnotes(mail: Mail, kept: ReadonlySet<string>): Edits {
  const edits = new Edits();
  const marks = footnoteMarks(mail);
  const order = new Set(marks.map(({ note }) => note));
  const notes = nodesOf(mail.nodes, 'footnote');
  const gone = new Set(notes.filter((note) => !order.has(note) && !kept.has(textOf(note))));
  const siblings = siblingsOfNotes(mail);
  for (const note of gone) {
    edits.drop(note.lines, { place: `[${note.number}]`, why: 'a footnote that nothing refers to any more' });
    const beside = siblings.get(note) ?? [];
    const before = beside[beside.indexOf(note) - 1];
    const first = beside.slice(0, beside.indexOf(note)).findLast(({ kind }) => kind !== 'blank');
    if (before?.kind === 'blank' && first?.kind !== 'footnote' && gone.size === notes.length)
      edits.dropBlank(before.lines);
  }
  const stay = [...order, ...notes.filter((note) => !order.has(note) && !gone.has(note))];
  const numbers = new Map(stay.map((note, index) => [note, index + 1]));
  renumber(marks, { numbers, notes: stay, edits });
  return edits;
}

function siblingsOfNotes({ nodes }: Mail): Map<Node, readonly Node[]> {
  const found = new Map<Node, readonly Node[]>();
  for (const { node, above } of walk(nodes))
    if (node.kind === 'footnote') found.set(node, above.at(-1)?.children ?? nodes);
  return found;
}

interface Renumbering {
  readonly numbers: ReadonlyMap<Footnote, number>;
  readonly notes: readonly Footnote[];
  readonly edits: Edits;
}

function renumber(marks: readonly Mark[], { numbers, notes, edits }: Renumbering): void {
  const told = { place: FOOTNOTES, why: 'numbered over the whole mail' };
  const byLine = new Map<Line, Mark[]>();
  for (const mark of marks) byLine.set(mark.line, [...(byLine.get(mark.line) ?? []), mark]);
  for (const [line, own] of byLine) {
    let text = line.text;
    for (const { start, end, note } of own.reverse())
      text = `${text.slice(0, start)}[${numbers.get(note) ?? note.number}]${text.slice(end)}`;
    edits.replace([line], [text], told);
  }
  for (const note of notes) {
    const [line] = note.lines;
    if (line === undefined) continue;
    edits.replace([line], [line.text.replace(/\[\d{1,3}\]/, `[${numbers.get(note) ?? note.number}]`)], told);
  }
}

function textOf({ lines }: Footnote): string {
  return lines
    .map(({ text }) => text)
    .join('\n')
    .replace(/^\s*\[\d+\]/, '');
}
