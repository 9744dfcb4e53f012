// SPDX-License-Identifier: GPL-2.0-only
/** Nests bullets, tables and code by their indent while lines are read. */
import { type Block, item, oneLine } from './block.ts';

/** A bullet that more may belong to. */
interface OpenItem {
  readonly indent: number;
  /** Column in which its text begins. */
  readonly content: number;
  readonly texts: string[];
  readonly children: Node[];
}

type Node = OpenItem | Block;

export class BlockStack {
  readonly #roots: Node[] = [];
  readonly #open: OpenItem[] = [];

  get isEmpty(): boolean {
    return this.#roots.length === 0;
  }

  /** Column of the text of the innermost open bullet; null where none is open. */
  get content(): number | null {
    return this.#open.at(-1)?.content ?? null;
  }

  /** Opens a bullet below the innermost one that is less indented. */
  start(text: string, indent: number, content: number): void {
    while ((this.#open.at(-1)?.indent ?? -1) >= indent) this.#open.pop();
    const made: OpenItem = { indent, content, texts: [text], children: [] };
    this.#place(made);
    this.#open.push(made);
  }

  /** Adds a line to the innermost bullet. */
  goOn(text: string): void {
    this.#open.at(-1)?.texts.push(text);
  }

  /** Adds a table or code below the bullet whose text it is indented to. */
  attach(block: Block, indent: number): void {
    while ((this.#open.at(-1)?.content ?? -1) > indent) this.#open.pop();
    this.#place(block);
  }

  /** What comes next belongs to no bullet. */
  closeAll(): void {
    this.#open.length = 0;
  }

  /** All that was read; without what has neither text nor children. */
  blocks(): Block[] {
    return this.#roots.flatMap(finished);
  }

  #place(node: Node): void {
    (this.#open.at(-1)?.children ?? this.#roots).push(node);
  }
}

function finished(node: Node): Block[] {
  if ('kind' in node) {
    if (node.kind === 'verbatim') return node.lines.some((line) => line.trim() !== '') ? [node] : [];
    return [node];
  }
  const text = oneLine(node.texts.join(' '));
  const children = node.children.flatMap(finished);
  // What stood below a bullet without words stays.
  return text === '' ? children : [item(text, children)];
}
