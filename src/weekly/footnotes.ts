// SPDX-License-Identifier: GPL-2.0-only
/** Footnotes of a whole mail: numbered in the order in which they are first named, the same text only once. */
import { oneLine } from './block.ts';

/** Collects while a report is built. */
export class Footnotes {
  readonly #numbers = new Map<string, number>();

  /** " [3]", to be put behind a text; nothing for an empty note. */
  mark(text: string): string {
    const plain = oneLine(text);
    return plain === '' ? '' : ` [${this.#numberOf(plain)}]`;
  }

  /**
   * A line of Markdown as text of the mail: [words](address) become words and a footnote, [^1] the note of that name in its
   * own file.
   */
  resolve(text: string, notes: ReadonlyMap<string, string>): string {
    const resolved = text.replace(
      /\[\^([^\]\s]{1,100})\]|\[([^[\]]+)\]\(([^()\s]+(?:\([^()\s]*\)[^()\s]*)*)\)/g,
      (whole, name: string | undefined, words: string | undefined, address: string | undefined) => {
        if (name !== undefined) {
          const note = notes.get(name);
          return note === undefined || oneLine(note) === '' ? whole : ` [${this.#numberOf(oneLine(note))}]`;
        }
        return `${words ?? ''} [${this.#numberOf(oneLine(address ?? ''))}]`;
      },
    );
    return oneLine(resolved);
  }

  /** In the order of their numbers. */
  all(): readonly string[] {
    return [...this.#numbers.keys()];
  }

  #numberOf(text: string): number {
    const number = this.#numbers.get(text) ?? this.#numbers.size + 1;
    this.#numbers.set(text, number);
    return number;
  }
}
