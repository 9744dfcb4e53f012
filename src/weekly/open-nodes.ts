// SPDX-License-Identifier: GPL-2.0-only
/** The nodes that are open while a mail is read, outermost first: every line goes below the last of them. */
import type { Line } from './mail-line.ts';
import type { Node, Section } from './mail-tree.ts';

interface Open {
  readonly node: Node | null;
  readonly lines: Line[];
  readonly children: Node[];
  /** Sections and cards are closed by headings, the others by the indent of what follows. */
  readonly rank: number;
  readonly indent: number;
}

export const CARD_RANK = 10;
export const INDENT_RANK = 20;
/** What is deeper is beside the deepest: no report has so many levels, and walks through the tree call themselves. */
const MOST_LEVELS = 100;

/** A node without the lines and the nodes that it holds. */
export type Part = Node extends infer One ? (One extends Node ? Omit<One, 'lines' | 'children'> : never) : never;

/** Adds nodes in the order of the text, so that none of its lines can be lost or change its place. */
export class OpenNodes {
  readonly #root: Open = { node: null, lines: [], children: [], rank: 0, indent: -1 };
  #stack: Open[] = [this.#root];
  /** Empty lines belong to the node that the next line is added to. */
  #blanks: Line[] = [];

  get nodes(): readonly Node[] {
    return this.#root.children;
  }

  /** Nothing but the end of the line is between the last line and the next. */
  get isDirect(): boolean {
    return this.#blanks.length === 0;
  }

  /** The innermost; null outside of all. */
  get top(): Node | null {
    return this.#last.node;
  }

  get topIndent(): number {
    return this.#last.indent;
  }

  get #last(): Open {
    return this.#stack.at(-1) ?? this.#root;
  }

  blank(line: Line): void {
    this.#blanks.push(line);
  }

  /** Closes what has this rank or a deeper one. */
  closeRank(rank: number): void {
    while (this.#stack.length > 1 && this.#last.rank >= rank) this.#stack.pop();
  }

  /** Closes bullets and paragraphs while `test` says so. */
  closeWhile(test: (node: Node, indent: number) => boolean): void {
    while (this.#last.rank === INDENT_RANK && this.#last.node !== null && test(this.#last.node, this.#last.indent))
      this.#stack.pop();
  }

  /** A line more of the innermost node; false where it has children already. */
  extend(line: Line): boolean {
    const { node, lines, children } = this.#last;
    if (node === null || children.length > 0 || !this.isDirect) return false;
    lines.push(line);
    return true;
  }

  /** Adds a node below the innermost. */
  add(lines: readonly Line[], part: Part): Pick<Open, 'node' | 'lines' | 'children'> {
    this.#flush();
    const over: { lines: Line[]; children: Node[] } = { lines: [...lines], children: [] };
    const node: Node = { ...part, ...over };
    this.#last.children.push(node);
    return { ...over, node };
  }

  /** Adds a node and leaves it open. */
  open(lines: readonly Line[], at: { readonly rank?: number; readonly indent?: number }, part: Part): void {
    const added = this.add(lines, part);
    if (this.#stack.length <= MOST_LEVELS)
      this.#stack.push({ ...added, rank: at.rank ?? INDENT_RANK, indent: at.indent ?? -1 });
  }

  has(kind: Node['kind']): boolean {
    return this.#stack.some(({ node }) => node?.kind === kind);
  }

  /** The innermost. */
  get section(): Section | null {
    return this.#stack.flatMap(({ node }) => (node?.kind === 'section' ? [node] : [])).at(-1) ?? null;
  }

  end(): void {
    this.closeRank(1);
    this.#flush();
  }

  #flush(): void {
    if (this.#blanks.length === 0) return;
    const lines = this.#blanks;
    this.#blanks = [];
    this.#last.children.push({ kind: 'blank', lines, children: [] });
  }
}
