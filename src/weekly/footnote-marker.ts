// SPDX-License-Identifier: GPL-2.0-only
/** Footnotes of an old mail: which brackets name one. */
import { type Block, item } from './block.ts';

const MOST_MARKS = 400;

/** Turns [1] into [^1] where it means a footnote. */
export class FootnoteMarker {
  readonly used = new Set<number>();
  readonly #footnotes: ReadonlyMap<number, string>;
  readonly #inOrder: boolean;

  constructor(footnotes: ReadonlyMap<number, string>, inOrder: boolean) {
    this.#footnotes = footnotes;
    this.#inOrder = inOrder;
  }

  /** Ours are numbered as they are first named: a higher number is a text in brackets. */
  mark(text: string): string {
    return text.replace(/\[(\d{1,4})\]/g, (whole, digits: string) => {
      const number = Number(digits);
      if (!this.#footnotes.has(number) || (this.#inOrder && number > this.used.size + 1)) return whole;
      this.used.add(number);
      return `[^${number}]`;
    });
  }

  blocks(blocks: readonly Block[]): Block[] {
    return blocks.map((block) => {
      if (block.kind !== 'item') return block;
      const text = this.mark(block.text);
      return item(text, this.blocks(block.children));
    });
  }

  /** Numbers in a text that are footnotes, taken out of it. */
  links(text: string): { readonly text: string; readonly links: string[] } {
    // Looked for at the end alone: a heading has a few, not thousands.
    const from = Math.max(0, text.length - MOST_MARKS);
    const found = /((?:\s*\[\d{1,4}\])+)\s*$/.exec(text.slice(from));
    if (found === null) return { text, links: [] };
    const numbers = [...(found[1] ?? '').matchAll(/\d+/g)].map(([digits]) => Number(digits));
    if (!numbers.every((number) => this.#footnotes.has(number))) return { text, links: [] };
    for (const number of numbers) this.used.add(number);
    return {
      text: text.slice(0, from + found.index),
      links: numbers.map((number) => this.#footnotes.get(number) ?? ''),
    };
  }
}
