// SPDX-License-Identifier: GPL-2.0-only
/** Reads the notes of a notebook: Markdown under `## 2026-11-24` headings. A small part of Markdown, the one that mails need. */
import { FENCE, oneLine } from './block.ts';
import type { NoteFile, NoteProblem } from './note.ts';
import { parseBlocks, type SourceLine } from './note-blocks.ts';
import { type Day, isDay } from './week.ts';

const HEADING = /^(#{1,6})\s+(.*?)\s*#*$/;
const FOOTNOTE = /^\[\^([^\]\s]+)\]:\s*(.*)$/;

interface Open {
  readonly day: Day;
  readonly line: number;
  readonly lines: SourceLine[];
}

/** `firstLine` is that of the text's beginning in its file. Problems: headings that look like a date and are none. */
export function parseNotes(text: string, firstLine = 1): { readonly file: NoteFile; readonly problems: NoteProblem[] } {
  const problems: NoteProblem[] = [];
  const footnotes = new Map<string, string>();
  const sections: Open[] = [];
  const preamble: string[] = [];
  let current: Open | null = null;
  let fence: string | null = null;
  let footnote: string | null = null;
  let comment = false;
  text.split(/\r?\n/).forEach((raw, index) => {
    const line = index + firstLine;
    const keep = () => (current === null ? preamble.push(raw) : current.lines.push({ text: raw, line }));
    if (fence !== null) {
      const closing = FENCE.exec(raw);
      if (closing !== null && closing[3]?.trim() === '' && closing[2]?.startsWith(fence)) fence = null;
      keep();
      return;
    }
    if (comment || /^\s*<!--/.test(raw)) {
      comment = !raw.includes('-->');
      return;
    }
    fence = FENCE.exec(raw)?.[2] ?? null;
    const definition = FOOTNOTE.exec(raw);
    if (definition !== null) {
      footnote = definition[1] ?? '';
      footnotes.set(footnote, definition[2] ?? '');
      return;
    }
    if (footnote !== null && /^\s+\S/.test(raw)) {
      footnotes.set(footnote, `${footnotes.get(footnote) ?? ''} ${raw}`);
      return;
    }
    footnote = null;
    const heading = fence === null ? HEADING.exec(raw) : null;
    if (heading?.[1] === '##') {
      const words = heading[2] ?? '';
      const day = /^\d{4}-\d\d-\d\d(?=$|\s|[:,])/.exec(words)?.[0] ?? '';
      if (isDay(day)) {
        current = { day, line, lines: [] };
        sections.push(current);
        return;
      }
      if (/^\d{1,4}[-/.]/.test(words))
        problems.push({
          line,
          text: `a heading of notes is a day as \`## 2026-11-24\`, got "${oneLine(words).slice(0, 40)}"`,
        });
      // Another heading of the second level ends the notes of a day.
      current = null;
    }
    keep();
  });
  for (const [name, note] of footnotes) footnotes.set(name, oneLine(note));
  const notes = sections.map(({ day, line, lines }) => ({ day, line, ...parseBlocks(lines) }));
  const ordered = notes.sort((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : a.line - b.line));
  return { file: { notes: ordered, footnotes, preamble: preamble.join('\n').trim() }, problems };
}
