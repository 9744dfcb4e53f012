// SPDX-License-Identifier: GPL-2.0-only
/** Footnotes of a mail: which mark means which note, and their numbers over the whole mail. */
import type { DraftContext } from './draft-context.ts';
import type { Edits } from './edits.ts';
import type { Line } from './mail-line.ts';
import { type Footnote, type Mail, type Node, nodesOf, walk } from './mail-tree.ts';

const MARK = /\[(\d{1,3})\](?!\()/g;

/** Marks in the order of the text. The note of a number is the next one below, so that sections may count for themselves. */
export function footnoteMarks({ nodes }: Mail) {
  /** Of a number the notes that are still below, the nearest one at the end; one is left for the marks behind them all. */
  const ahead = new Map<number, Footnote[]>();
  for (const note of nodesOf(nodes, 'footnote').toReversed()) {
    const same = ahead.get(note.number) ?? [];
    same.push(note);
    ahead.set(note.number, same);
  }
  const marks: { readonly line: Line; readonly start: number; readonly note: Footnote }[] = [];
  for (const { node } of walk(nodes)) {
    const passed = node.kind === 'footnote' ? (ahead.get(node.number) ?? []) : [];
    if (passed.length > 1) passed.pop();
    if (['footnote', 'table', 'head', 'signature', 'blank'].includes(node.kind)) continue;
    for (const line of node.lines)
      for (const found of line.text.matchAll(MARK)) {
        const note = ahead.get(Number(found[1]))?.at(-1);
        if (note !== undefined) marks.push({ line, start: found.index, note });
      }
  }
  return marks;
}

/** Drops notes whose marks went, and numbers the others in the order in which they are listed. */
export function settleFootnotes(edits: Edits, { first }: DraftContext): void {
  // A writer may list links without marks, and they stay.
  const meant = new Set(footnoteMarks(first).map(({ note }) => note));
  const links = nodesOf(first.nodes, 'footnote').filter((note) => !meant.has(note));
  const kept = new Set(links.map(textOf));
  const marks = footnoteMarks(edits.mail);
  const marked = new Set(marks.map(({ note }) => note));
  const notes = nodesOf(edits.mail.nodes, 'footnote');
  const stay = notes.filter((note) => marked.has(note) || kept.has(textOf(note)));
  const numbers = new Map(stay.map((note, index) => [note, `[${index + 1}]`]));
  for (const note of notes)
    if (!numbers.has(note)) edits.drop(note.lines, 'a footnote that nothing refers to any more', `[${note.number}]`);
  if (stay.length === 0) dropBlankAbove(edits);
  const heads = stay.flatMap((note) => note.lines.slice(0, 1).map((line) => ({ line, start: 0, note })));
  const texts = new Map<Line, string>();
  // From the end of a line, so that the places of the other marks stay what they are.
  for (const { line, start, note } of [...marks, ...heads].reverse()) {
    const text = texts.get(line) ?? line.text;
    texts.set(line, text.slice(0, start) + text.slice(start).replace(/\[\d{1,3}\]/, numbers.get(note) ?? '$&'));
  }
  for (const [line, text] of [...texts].reverse())
    edits.replace([line], [text], 'numbered over the whole mail', 'footnotes');
}

/** Where all notes went there is nothing for the empty line above them to part. */
function dropBlankAbove(edits: Edits): void {
  let [first, second]: (Node | undefined)[] = [];
  for (const { node } of walk(edits.mail.nodes)) {
    if (node.kind === 'footnote' && second?.kind === 'blank' && first?.kind !== 'footnote')
      edits.dropBlank(second.lines);
    [first, second] = [second, node];
  }
}

function textOf({ lines }: Footnote): string {
  const texts = lines.map(({ text }) => text).join('\n');
  return texts.replace(/^\s*\[\d+\]/, '');
}
