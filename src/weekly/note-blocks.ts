/** Reads what stands below a heading of notes: bullets, lettered states, code, tables. */
import { type Block, FENCE, type Item, indentOf, oneLine, plainLine, trimEmpty, type Verbatim } from './block.ts';
import { parseGrid } from './grid.ts';
import type { Note } from './markdown.ts';

const BULLET = /^(\s*)(?:[-*+]|\d{1,3}[.)])\s+(.*)$/;
const STATE = /^([a-z]{1,2})[.)]\s+(.*)$/;

export interface SourceLine {
  readonly text: string;
  readonly line: number;
}

interface OpenItem {
  readonly indent: number;
  text: string;
  readonly children: Block[];
}

/** Bullets nest by their indent; paragraphs become bullets, because that is what a report is made of. */
export function parseBlocks(lines: readonly SourceLine[]): Pick<Note, 'blocks' | 'states'> {
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
