/** Reads the notes of a notebook: Markdown under `## 2026-11-24` headings. A small part of Markdown, the one that mails need. */
import { type Block, type Grid, type Item, oneLine, plainLine, type Verbatim } from './block.ts';
import { parseGrid } from './grid.ts';
import { type Day, isDay } from './week.ts';

/** What was noted on one day. */
export interface Note {
  readonly day: Day;
  /** Of its heading in the file, from 1. */
  readonly line: number;
  readonly blocks: readonly Block[];
  /** "a. tap + bridge: OK": what somebody says of a configuration. */
  readonly states: readonly NotedState[];
}

/** A lettered line of a note. */
export interface NotedState {
  readonly letter: string;
  readonly text: string;
  readonly line: number;
}

export interface NoteFile {
  /** Oldest first; one entry a heading. */
  readonly notes: readonly Note[];
  /** "1" -> its text. */
  readonly footnotes: ReadonlyMap<string, string>;
  /** The text before the first dated heading, which is not reported. */
  readonly preamble: string;
}

export interface NoteProblem {
  readonly line: number;
  readonly text: string;
}

const HEADING = /^(#{1,6})\s+(.*?)\s*#*$/;
const FOOTNOTE = /^\[\^([^\]\s]+)\]:\s*(.*)$/;
const BULLET = /^(\s*)(?:[-*+]|\d{1,3}[.)])\s+(.*)$/;
const STATE = /^([a-z]{1,2})[.)]\s+(.*)$/;
const FENCE = /^(\s*)(`{3,}|~{3,})(.*)$/;

interface Open {
  readonly day: Day;
  readonly line: number;
  readonly lines: { readonly text: string; readonly line: number }[];
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

interface SourceLine {
  readonly text: string;
  readonly line: number;
}

interface OpenItem {
  readonly indent: number;
  text: string;
  readonly children: Block[];
}

/** Bullets nest by their indent; paragraphs become bullets, because that is what a report is made of. */
function parseBlocks(lines: readonly SourceLine[]): Pick<Note, 'blocks' | 'states'> {
  const blocks: Block[] = [];
  const states: { letter: string; text: string; line: number }[] = [];
  const open: OpenItem[] = [];
  const itemOf = new Map<OpenItem, Item>();
  /** Where the next line of running text goes. */
  let running: ((text: string) => void) | null = null;
  const close = (indent: number): void => {
    while (open.length > 0 && (open.at(-1)?.indent ?? 0) >= indent) open.pop();
  };
  const place = (block: Block): void => {
    const parent = open.at(-1);
    (parent === undefined ? blocks : parent.children).push(block);
  };
  const start = (indent: number, text: string): void => {
    close(indent);
    const made: OpenItem = { indent, text, children: [] };
    const placed: Item = {
      kind: 'item',
      get text() {
        return oneLine(made.text);
      },
      children: made.children,
    };
    itemOf.set(made, placed);
    place(placed);
    open.push(made);
    running = (more) => {
      made.text += ` ${more}`;
    };
  };
  for (let at = 0; at < lines.length; at++) {
    const { text, line } = lines[at] ?? { text: '', line: 0 };
    const indent = indentOf(text);
    if (text.trim() === '') {
      running = null;
      continue;
    }
    const fence = FENCE.exec(text);
    if (fence !== null) {
      close(indent === 0 ? 0 : indent);
      const { block, next } = readFence(lines, at, fence);
      place(block);
      at = next;
      running = null;
      continue;
    }
    const grid = text.trimStart().startsWith('|') ? parseGrid(textsFrom(lines, at)) : null;
    if (grid !== null) {
      close(indent);
      place(grid.grid);
      at += grid.lines - 1;
      running = null;
      continue;
    }
    const state = indent < 4 ? STATE.exec(text.trimStart()) : null;
    if (state !== null && open.length === 0) {
      const found = { letter: state[1] ?? '', text: oneLine(state[2] ?? ''), line };
      states.push(found);
      running = (more) => {
        found.text += ` ${more}`;
      };
      continue;
    }
    const bullet = BULLET.exec(text);
    if (bullet !== null) {
      start(indent, bullet[2] ?? '');
      continue;
    }
    if (running !== null) {
      running(text.trim());
      continue;
    }
    // A state may follow a list after an empty line; anything else at the margin is a bullet of its own.
    if (state !== null && indent === 0) {
      close(0);
      const found = { letter: state[1] ?? '', text: oneLine(state[2] ?? ''), line };
      states.push(found);
      running = (more) => {
        found.text += ` ${more}`;
      };
      continue;
    }
    start(indent, text.trim().replace(/^#+\s+/, ''));
  }
  return {
    blocks: blocks.map(frozen).filter(hasContent),
    states: states.map((state) => ({ ...state, text: oneLine(state.text) })),
  };
}

/** Up to the end of what can be a table. */
function textsFrom(lines: readonly SourceLine[], at: number): string[] {
  const texts: string[] = [];
  for (let next = at; (lines[next]?.text.trim() ?? '') !== ''; next++) texts.push(lines[next]?.text ?? '');
  return texts;
}

/** Texts are complete once all lines are read. */
function frozen(block: Block): Block {
  if (block.kind !== 'item') return block;
  return { kind: 'item', text: block.text, children: block.children.map(frozen).filter(hasContent) };
}

function hasContent(block: Block): boolean {
  if (block.kind === 'item') return block.text !== '' || block.children.length > 0;
  return block.kind === 'grid' || block.lines.some((line) => line.trim() !== '');
}

function readFence(
  lines: readonly SourceLine[],
  at: number,
  [, indent = '', mark = '']: RegExpExecArray,
): { readonly block: Verbatim; readonly next: number } {
  const kept: string[] = [];
  let next = at + 1;
  for (; next < lines.length; next++) {
    const text = lines[next]?.text ?? '';
    const closing = FENCE.exec(text);
    if (closing !== null && closing[3]?.trim() === '' && closing[2]?.startsWith(mark)) break;
    kept.push(plainLine(text.startsWith(indent) ? text.slice(indent.length) : text.trimStart()));
  }
  return { block: { kind: 'verbatim', lines: trimEmpty(kept) }, next };
}

/** Without empty lines at both ends. */
export function trimEmpty(lines: readonly string[]): string[] {
  const first = lines.findIndex((line) => line.trim() !== '');
  const last = lines.findLastIndex((line) => line.trim() !== '');
  return first === -1 ? [] : lines.slice(first, last + 1);
}

/** Columns before the first sign; a tab goes to the next multiple of four. */
export function indentOf(text: string): number {
  let columns = 0;
  for (const sign of text) {
    if (sign === ' ') columns += 1;
    else if (sign === '\t') columns += 4 - (columns % 4);
    else break;
  }
  return columns;
}

/** The blocks as Markdown, as `parseNotes` reads them. */
export function writeBlocks(blocks: readonly Block[], indent = ''): string[] {
  return blocks.flatMap((block) => {
    switch (block.kind) {
      case 'item':
        return [`${indent}- ${block.text}`, ...writeBlocks(block.children, `${indent}  `)];
      case 'verbatim': {
        const longest = Math.max(2, ...block.lines.map((line) => /^\s*(`+)/.exec(line)?.[1]?.length ?? 0));
        const mark = '`'.repeat(longest + 1);
        return [
          `${indent}${mark}`,
          ...block.lines.map((line) => (line === '' ? '' : `${indent}${line}`)),
          `${indent}${mark}`,
        ];
      }
      case 'grid':
        return gridMarkdown(block).map((line) => `${indent}${line}`);
      default:
        return block satisfies never;
    }
  });
}

function gridMarkdown({ rows, align }: Grid): string[] {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [line(head), `|${align.map((side) => (side === 'right' ? '---:' : '---')).join('|')}|`, ...body.map(line)];
}
