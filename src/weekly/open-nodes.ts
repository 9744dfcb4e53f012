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
  readonly #stack: Open[] = [this.#root];
  /** Empty lines belong to the node that the next line is added to. */
  readonly #blanks: Line[] = [];

  get nodes(): readonly Node[] {
    return this.#root.children;
  }

  /** Nothing but the end of the line is between the last line and the next. */
  get isDirect(): boolean {
    return this.#blanks.length === 0;
  }

  /** The innermost; its node is null outside of all. */
  get top(): Open {
    return this.#stack.at(-1) ?? this.#root;
  }

  blank(line: Line): void {
    this.#blanks.push(line);
  }

  /** Closes what has this rank or a deeper one. */
  closeRank(rank: number): void {
    while (this.#stack.length > 1 && this.top.rank >= rank) this.#stack.pop();
  }

  /** Closes bullets and paragraphs while `test` says so. */
  closeWhile(test: (node: Node, indent: number) => boolean): void {
    while (this.top.rank === INDENT_RANK && this.top.node !== null && test(this.top.node, this.top.indent))
      this.#stack.pop();
  }

  /** A line more of the innermost node; false where it has children already. */
  extend(line: Line): boolean {
    const { node, lines, children } = this.top;
    const isOpen = node !== null && children.length === 0 && this.isDirect;
    if (isOpen) lines.push(line);
    return isOpen;
  }

  /** Adds a node below the innermost. */
  add(lines: readonly Line[], part: Part): Pick<Open, 'node' | 'lines' | 'children'> {
    this.#flush();
    const own = [...lines];
    const children: Node[] = [];
    const node: Node = { ...part, lines: own, children };
    this.top.children.push(node);
    return { node, lines: own, children };
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
    const lines = this.#blanks.splice(0);
    if (lines.length > 0) this.top.children.push({ kind: 'blank', lines, children: [] });
  }
}
