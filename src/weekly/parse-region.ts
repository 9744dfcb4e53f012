// SPDX-License-Identifier: GPL-2.0-only
/** Reads the lines below a heading of a plain-text report: bullets, checklist, tables, code. */
import { type Block, indentOf, oneLine, type Verbatim } from './block.ts';
import { BlockStack } from './block-stack.ts';
import { parseState, splitState } from './config-state.ts';
import {
  BULLET_LINE,
  dedent,
  joinCut,
  looksLikeTable,
  MAIL_WIDTH,
  NO_PROGRESS,
  NO_UPDATE,
  PIPE,
  STATE_LINE,
} from './layout.ts';
import type { RegionLine } from './region-line.ts';

export interface Region {
  readonly blocks: readonly Block[];
  readonly states: readonly { readonly letter: string; readonly text: string }[];
}

interface RegionShape {
  /** Written by hoplab: every line is what it looks like. */
  readonly isOurs: boolean;
  /** Whether lettered lines are a checklist. */
  readonly states: boolean;
}

const OUR_BULLET = /^(\s*)(-) (\S.*)$/;
const NOTHING = new Set(
  [NO_UPDATE, NO_PROGRESS, '(no updates)', 'no update', 'no updates', 'none'].map((text) => text.toLowerCase()),
);

export function parseRegion(lines: readonly RegionLine[], shape: RegionShape): Region {
  return new RegionReader(lines, shape).read();
}

class RegionReader {
  readonly #lines: readonly RegionLine[];
  readonly #shape: RegionShape;
  readonly #stack = new BlockStack();
  readonly #states: { letter: string; text: string }[] = [];
  #afterEmpty = true;

  constructor(lines: readonly RegionLine[], shape: RegionShape) {
    this.#lines = lines;
    this.#shape = shape;
  }

  read(): Region {
    for (let at = 0; at < this.#lines.length; ) {
      if (this.#textAt(at).trim() === '') {
        this.#afterEmpty = true;
        at += 1;
      } else {
        at += this.#take(at);
        this.#afterEmpty = false;
      }
    }
    return { blocks: this.#stack.blocks(), states: this.#states };
  }

  /** How many lines were read. */
  #take(at: number): number {
    return (
      this.#takePiped(at) ??
      this.#takeState(at) ??
      this.#takeNothing(at) ??
      this.#takeBullet(at) ??
      this.#takeMore(at) ??
      this.#takeBlock(at)
    );
  }

  #textAt(at: number): string {
    return this.#lines[at]?.text ?? '';
  }

  #bulletOf(text: string): RegExpExecArray | null {
    return (this.#shape.isOurs ? OUR_BULLET : BULLET_LINE).exec(text);
  }

  #takeWhile(from: number, goesOn: (text: string) => boolean): string[] {
    const taken: string[] = [];
    for (let at = from; at < this.#lines.length; at++) {
      const text = this.#textAt(at);
      if (text.trim() === '' || !goesOn(text)) break;
      taken.push(text);
    }
    return taken;
  }

  /** Code, as we write it; a hand-written line with a pipe at its end too is a row of a table. */
  #takePiped(at: number): number | null {
    const { isOurs } = this.#shape;
    const indent = indentOf(this.#textAt(at));
    const isPiped = (line: string): boolean =>
      /^\s*\|(?: |$)/.test(line) && (isOurs || !/\|\s*$/.test(line.slice(line.indexOf('|') + 1)));
    const piped = this.#takeWhile(at, (line) => isPiped(line) && indentOf(line) === indent);
    if (piped.length === 0) return null;
    const inner = piped.map((line) => line.slice(line.indexOf('|') + PIPE.length));
    this.#stack.attach({ kind: 'verbatim', lines: joinCut(inner, MAIL_WIDTH - indent - PIPE.length) }, indent);
    return piped.length;
  }

  #takeState(at: number): number | null {
    const { isOurs, states } = this.#shape;
    const text = this.#textAt(at);
    const found = states && this.#bulletOf(text) === null ? STATE_LINE.exec(text) : null;
    const indent = indentOf(text);
    if (found === null || (isOurs && (indent !== 2 || !this.#stack.isEmpty))) return null;
    const goesOn = (line: string): boolean =>
      this.#bulletOf(line) === null && !STATE_LINE.test(line) && indentOf(line) > indent && !looksLikeTable([line]);
    const more = this.#takeWhile(at + 1, goesOn);
    const whole = oneLine([found[2], ...more].join(' '));
    if (!isOurs && !isState(whole, this.#states.length > 0 && !this.#afterEmpty)) return null;
    this.#states.push({ letter: found[1] ?? '', text: whole });
    return more.length + 1;
  }

  /** "(no update)" and its like. */
  #takeNothing(at: number): number | null {
    const text = this.#textAt(at);
    const bullet = this.#bulletOf(text);
    if (this.#stack.content !== null || (this.#shape.isOurs && bullet !== null)) return null;
    return NOTHING.has((bullet?.[3] ?? text.trim()).toLowerCase().replace(/[.!]$/, '')) ? 1 : null;
  }

  #takeBullet(at: number): number | null {
    const text = this.#textAt(at);
    const bullet = this.#bulletOf(text);
    if (bullet === null) return null;
    const indent = indentOf(text);
    this.#stack.start(bullet[3] ?? '', indent, indent + (bullet[2]?.length ?? 1) + 1);
    return 1;
  }

  /** The next line of a bullet; in a hand-written mail two rows of columns begin a table. */
  #takeMore(at: number): number | null {
    if (this.#afterEmpty || this.#stack.content === null) return null;
    const isRow = (line: string) => looksLikeTable([line]);
    if (!this.#shape.isOurs && isRow(this.#textAt(at)) && isRow(this.#textAt(at + 1))) return null;
    this.#stack.goOn(this.#textAt(at).trim());
    return 1;
  }

  /** A table, or a paragraph, which is a bullet. */
  #takeBlock(at: number): number {
    const { isOurs } = this.#shape;
    const lines = this.#takeWhile(at, (line) => isOurs || this.#bulletOf(line) === null);
    const least = Math.min(...lines.map(indentOf));
    const inBullet = isOurs || this.#afterEmpty ? 0 : (this.#stack.content ?? 0);
    if (looksLikeTable(lines)) this.#stack.attach(verbatim(lines), Math.max(least, inBullet));
    else {
      const indent = indentOf(this.#textAt(at));
      this.#stack.start(lines.join(' '), indent, indent + 1);
    }
    return Math.max(1, lines.length);
  }
}

/** A lettered line of a hand-written list is a state if it says one, or follows one that does. */
function isState(text: string, afterState: boolean): boolean {
  const { name, rest } = splitState(text, []);
  return (name !== null && parseState(rest) !== null) || afterState;
}

function verbatim(lines: readonly string[]): Verbatim {
  return { kind: 'verbatim', lines: dedent(lines.map((line) => line.replaceAll('\t', '        '))) };
}
