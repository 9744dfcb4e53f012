// SPDX-License-Identifier: GPL-2.0-only
/** Footnotes of a mail: which mark means which note, and their numbers over the whole mail. */
import { Edits } from './edits.ts';
import type { Line } from './mail-line.ts';
import { type Footnote, type Mail, type Node, nodesOf, walk } from './mail-tree.ts';

const MARK = /\[(\d{1,3})\](?!\()/g;

interface Mark {
  readonly line: Line;
  readonly start: number;
  readonly note: Footnote;
}

/** Marks in the order of the text. The note of a number is the next one below, so that sections may count for themselves. */
export function footnoteMarks({ lines, nodes }: Mail): Mark[] {
  const notes = nodesOf(nodes, 'footnote');
  if (notes.length === 0) return [];
  const places = new Map(lines.map((line, at) => [line, at]));
  const placeOf = (line: Line | undefined): number => (line === undefined ? 0 : (places.get(line) ?? 0));
  /** Of a number, the last note first: those that a mark has passed are taken off the end. */
  const ahead = new Map<number, Footnote[]>();
  for (const note of notes.toReversed()) {
    const same = ahead.get(note.number);
    if (same === undefined) ahead.set(note.number, [note]);
    else same.push(note);
  }
  const marks: Mark[] = [];
  for (const { node } of walk(nodes)) {
    if (['footnote', 'table', 'head', 'signature', 'blank'].includes(node.kind)) continue;
    for (const line of node.lines) {
      for (const found of line.text.matchAll(MARK)) {
        const same = ahead.get(Number(found[1])) ?? [];
        while (same.length > 1 && placeOf(same.at(-1)?.lines[0]) <= placeOf(line)) same.pop();
        const note = same.at(-1);
        if (note !== undefined) marks.push({ line, start: found.index, note });
      }
    }
  }
  return marks;
}

/** Texts of the notes that no mark refers to: a writer may list links without marks, and they stay. */
export function unmarkedNotes(mail: Mail): Set<string> {
  const marked = new Set(footnoteMarks(mail).map(({ note }) => note));
  const others = nodesOf(mail.nodes, 'footnote').filter((note) => !marked.has(note));
  return new Set(others.map(textOf));
}

/** Drops notes whose marks went, and numbers the others in the order of their first marks. */
export function settleFootnotes(mail: Mail, kept: ReadonlySet<string>): Edits {
  const edits = new Edits(mail.lines);
  const marks = footnoteMarks(mail);
  const order = new Set(marks.map(({ note }) => note));
  const notes = nodesOf(mail.nodes, 'footnote');
  const gone = new Set(notes.filter((note) => !order.has(note) && !kept.has(textOf(note))));
  for (const note of gone)
    edits.drop(note.lines, { place: `[${note.number}]`, why: 'a footnote that nothing refers to any more' });
  if (gone.size === notes.length) dropBlankAbove(mail, edits);
  const stay = [...order, ...notes.filter((note) => !order.has(note) && !gone.has(note))];
  const numbers = new Map(stay.map((note, index) => [note, `[${index + 1}]`]));
  const told = { place: 'footnotes', why: 'numbered over the whole mail' };
  const byLine = new Map<Line, Map<number, Footnote>>();
  for (const { line, start, note } of marks) byLine.set(line, (byLine.get(line) ?? new Map()).set(start, note));
  for (const [line, found] of byLine) {
    const text = line.text.replace(MARK, (mark, _, start) => {
      const note = found.get(start);
      return note === undefined ? mark : (numbers.get(note) ?? mark);
    });
    edits.replace([line], [text], told);
  }
  for (const note of stay) {
    const [line] = note.lines;
    if (line !== undefined) edits.replace([line], [line.text.replace(/\[\d{1,3}\]/, numbers.get(note) ?? '')], told);
  }
  return edits;
}

/** Where all notes went there is nothing for the empty line above them to part. */
function dropBlankAbove({ nodes }: Mail, edits: Edits): void {
  let [first, second]: (Node | undefined)[] = [];
  for (const { node } of walk(nodes)) {
    if (node.kind === 'footnote' && second?.kind === 'blank' && first?.kind !== 'footnote')
      edits.dropBlank(second.lines);
    [first, second] = [second, node];
  }
}

function textOf({ lines }: Footnote): string {
  const texts = lines.map(({ text }) => text).join('\n');
  return texts.replace(/^\s*\[\d+\]/, '');
}
