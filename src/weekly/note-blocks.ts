// SPDX-License-Identifier: GPL-2.0-only
/** Reads what stands below a heading of notes: bullets, lettered states, code, tables. */
import { FENCE, indentOf, oneLine, plainLine, trimEmpty } from './block.ts';
import { BlockStack } from './block-stack.ts';
import { parseGrid } from './grid.ts';
import type { Note, NotedState } from './note.ts';

const BULLET = /^(\s*)(?:[-*+]|\d{1,3}[.)])\s+(.*)$/;
const STATE = /^ {0,3}([a-z]{1,2})[.)]\s+(.*)$/;

export interface SourceLine {
  readonly text: string;
  readonly line: number;
}

/** Bullets nest by their indent; paragraphs become bullets, because that is what a report is made of. */
export function parseBlocks(lines: readonly SourceLine[]): Pick<Note, 'blocks' | 'states'> {
  return new NoteReader(lines).read();
}

class NoteReader {
  readonly #lines: readonly SourceLine[];
  readonly #stack = new BlockStack();
  readonly #states: { letter: string; texts: string[]; line: number }[] = [];
  /** Where a line of running text goes; null after an empty line. */
  #running: ((text: string) => void) | null = null;

  constructor(lines: readonly SourceLine[]) {
    this.#lines = lines;
  }

  read(): Pick<Note, 'blocks' | 'states'> {
    for (let at = 0; at < this.#lines.length; ) at += this.#take(at);
    const states = this.#states.map(
      ({ letter, texts, line }): NotedState => ({ letter, text: oneLine(texts.join(' ')), line }),
    );
    return { blocks: this.#stack.blocks(), states };
  }

  /** How many lines were read. */
  #take(at: number): number {
    const text = this.#textAt(at);
    if (text.trim() === '') {
      this.#running = null;
      return 1;
    }
    const block = this.#takeFence(at) ?? this.#takeGrid(at);
    if (block !== null) {
      this.#running = null;
      return block;
    }
    const bullet = BULLET.exec(text);
    // A state may also follow a list after an empty line.
    const state = this.#running === null || this.#stack.content === null ? STATE.exec(text) : null;
    if (state !== null && (this.#stack.content === null || !/^\s/.test(text))) this.#startState(state, at);
    else if (bullet !== null) this.#startItem(bullet[2] ?? '', text, 2);
    else if (this.#running !== null) this.#running(text.trim());
    else this.#startItem(text.trim().replace(/^#+\s+/, ''), text, 0);
    return 1;
  }

  #textAt(at: number): string {
    return this.#lines[at]?.text ?? '';
  }

  #startItem(words: string, text: string, mark: number): void {
    const indent = indentOf(text);
    this.#stack.start(words, indent, indent + mark);
    this.#running = (more) => this.#stack.goOn(more);
  }

  #startState([, letter = '', words = '']: RegExpExecArray, at: number): void {
    this.#stack.closeAll();
    const texts = [words];
    this.#states.push({ letter, texts, line: this.#lines[at]?.line ?? 0 });
    this.#running = (more) => void texts.push(more);
  }

  #takeFence(at: number): number | null {
    const [, indent = '', mark = ''] = FENCE.exec(this.#textAt(at)) ?? [];
    if (mark === '') return null;
    const kept: string[] = [];
    let next = at + 1;
    for (; next < this.#lines.length; next++) {
      const text = this.#textAt(next);
      const closing = FENCE.exec(text);
      if (closing !== null && closing[3]?.trim() === '' && closing[2]?.startsWith(mark)) break;
      kept.push(plainLine(text.startsWith(indent) ? text.slice(indent.length) : text.trimStart()));
    }
    this.#stack.attach({ kind: 'verbatim', lines: trimEmpty(kept) }, indentOf(indent));
    return next - at + 1;
  }

  #takeGrid(at: number): number | null {
    if (!this.#textAt(at).trimStart().startsWith('|')) return null;
    const texts: string[] = [];
    for (let next = at; this.#textAt(next).trim() !== ''; next++) texts.push(this.#textAt(next));
    const found = parseGrid(texts);
    if (found === null) return null;
    this.#stack.attach(found.grid, indentOf(this.#textAt(at)));
    return found.lines;
  }
}
