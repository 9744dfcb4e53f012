// SPDX-License-Identifier: GPL-2.0-only
/** Adds notes to a Markdown file of a notebook, and leaves everything else in it as it was typed. */
import { type Block, oneLine } from './block.ts';
import { parseNotes } from './markdown.ts';
import type { Day } from './week.ts';
import { writeBlocks } from './write-markdown.ts';

export interface NotesToAdd {
  readonly day: Day;
  readonly blocks: readonly Block[];
  /** "a. tap + bridge ... OK". */
  readonly states: readonly { readonly letter: string; readonly text: string }[];
  /** Texts of the footnotes that the blocks name. */
  readonly footnotes: ReadonlyMap<string, string>;
}

export interface EditedNotes {
  readonly text: string;
  /** How many blocks and states were not there yet. */
  readonly added: number;
}

/** `text` is the file's Markdown without front matter. What is there under that day already is not added again. */
export function addNotes(text: string, { day, blocks, states, footnotes }: NotesToAdd): EditedNotes {
  const { file } = parseNotes(text);
  const names = new Names(file.footnotes);
  const rename = (line: string): string =>
    line.replace(/\[\^([^\]\s]{1,100})\]/g, (whole, name: string) => {
      const note = footnotes.get(name);
      return note === undefined ? whole : `[^${names.nameOf(note)}]`;
    });
  const here = file.notes.filter((note) => note.day === day);
  const known = new Set(here.flatMap((note) => note.blocks.map(keyOf)));
  const knownStates = new Set(here.flatMap((note) => note.states.map(stateKey)));
  // Names are given only to what is added: a report that is imported twice leaves no footnote behind.
  const newBlocks = blocks.filter((block) => !known.has(keyOf(renamed(block, (line) => names.peek(line, footnotes)))));
  const newStates = states.filter(
    (state) => !knownStates.has(stateKey({ ...state, text: names.peek(state.text, footnotes) })),
  );
  if (newBlocks.length + newStates.length === 0 && here.length > 0) return { text, added: 0 };
  if (newBlocks.length + newStates.length === 0) return { text, added: 0 };
  const lines = [
    ...newStates.map(({ letter, text: said }) => `${letter}. ${rename(said)}`),
    ...(newStates.length > 0 && newBlocks.length > 0 ? [''] : []),
    ...writeBlocks(newBlocks.map((block) => renamed(block, rename))),
  ];
  const definitions = names.added().map(([name, note]) => `[^${name}]: ${oneLine(note)}`);
  return {
    text: inserted(text, day, definitions.length === 0 ? lines : [...lines, '', ...definitions]),
    added: newBlocks.length + newStates.length,
  };
}

function keyOf(block: Block): string {
  return JSON.stringify(block);
}

function stateKey({ letter, text }: { readonly letter: string; readonly text: string }): string {
  return `${letter} ${oneLine(text)}`;
}

function renamed(block: Block, rename: (line: string) => string): Block {
  if (block.kind !== 'item') return block;
  return { kind: 'item', text: rename(block.text), children: block.children.map((child) => renamed(child, rename)) };
}

/** Names of footnotes in one file: the same text has one name. */
class Names {
  readonly #byText = new Map<string, string>();
  readonly #taken: Set<string>;
  readonly #added: [string, string][] = [];

  constructor(known: ReadonlyMap<string, string>) {
    this.#taken = new Set(known.keys());
    for (const [name, text] of known) this.#byText.set(text, name);
  }

  nameOf(text: string): string {
    const known = this.#byText.get(text);
    if (known !== undefined) return known;
    let number = 1;
    while (this.#taken.has(String(number))) number += 1;
    const name = String(number);
    this.#taken.add(name);
    this.#byText.set(text, name);
    this.#added.push([name, text]);
    return name;
  }

  /** The line as it would be if nothing had to be added; a footnote that is not there yet stays different. */
  peek(line: string, footnotes: ReadonlyMap<string, string>): string {
    return line.replace(/\[\^([^\]\s]{1,100})\]/g, (whole, name: string) => {
      const text = footnotes.get(name);
      if (text === undefined) return whole;
      return `[^${this.#byText.get(text) ?? `\u0000${name}`}]`;
    });
  }

  added(): readonly (readonly [string, string])[] {
    return this.#added;
  }
}

/** Below the heading of the day, at the end of what is there; a new heading comes in the order of days. */
function inserted(text: string, day: Day, added: readonly string[]): string {
  const lines = text.replace(/\s+$/, '') === '' ? [] : text.replace(/\s+$/, '').split('\n');
  const { notes } = parseNotes(lines.join('\n')).file;
  const own = notes.findLast((note) => note.day === day);
  const later = notes
    .filter((note) => (own === undefined ? note.day > day : note.line > own.line))
    .map(({ line }) => line);
  const at = later.length === 0 ? lines.length : Math.min(...later) - 1;
  const before = trimEnd(lines.slice(0, at));
  const after = lines.slice(at);
  const heading = own === undefined ? [`## ${day}`, ''] : [];
  return `${[...before, ...(before.length > 0 ? [''] : []), ...heading, ...added, ...(after.length > 0 ? ['', ...after] : [])].join('\n')}\n`;
}

function trimEnd(lines: readonly string[]): string[] {
  const last = lines.findLastIndex((line) => line.trim() !== '');
  return lines.slice(0, last + 1);
}
