// SPDX-License-Identifier: GPL-2.0-only
/** What earlier reports have said already: nothing of it is news again, also when a sign of it was changed. */
import { editDistance } from '../schema/nearest-word.ts';
import type { Block, Item } from './block.ts';
import type { NoteFile } from './note.ts';
import type { Day, Span } from './week.ts';

/** Words that must be the same to the letter: a slip in a short one may turn the sense ("now", "not"). */
const LEAST_SLIP = 5;

/** What two texts have in common that say the same: no markup, footnotes, case, punctuation, white space. */
export function essence(text: string): string {
  return text
    .replace(/\[([^[\]]{1,1000})\]\([^()\s]{1,2000}\)/g, '$1')
    .replace(/\[\^?[^\]\s]{1,100}\]/g, ' ')
    .normalize('NFKC')
    .toLowerCase()
    .replace(/(?<=\d)[.,](?=\d)/g, '\uE000')
    .replace(/[^\p{L}\p{N}\uE000%+-]+/gu, ' ')
    .replace(/(?<![\p{L}\p{N}])[+-]+(?![\p{N}])/gu, ' ')
    .replaceAll('\uE000', '.')
    .replace(/\s+/g, ' ')
    .trim();
}

/** Whether two essences differ by no more than a slip of the pen: one letter of one long word in five. */
export function sameEssence(a: string, b: string): boolean {
  if (a === b) return true;
  const [these, those] = [a.split(' '), b.split(' ')];
  if (these.length !== those.length) return false;
  let slips = 0;
  for (const [index, word] of these.entries()) {
    const other = those[index] ?? '';
    if (word === other) continue;
    if (/\d/.test(word + other) || Math.min(word.length, other.length) < LEAST_SLIP) return false;
    if (editDistance(word, other) > 1) return false;
    slips += 1;
  }
  return slips * 5 <= these.length;
}

/** The texts that one card or section has had in reports; those of nested bullets with the bullets above them. */
export class Told {
  readonly #known = new Map<string, string[]>();

  add(blocks: readonly Block[], above = ''): void {
    for (const block of blocks) {
      const key = keyOf(block);
      const found = this.#find(block, above);
      if (found === null) {
        const siblings = this.#known.get(bucketOf(above, key)) ?? [];
        siblings.push(key);
        this.#known.set(bucketOf(above, key), siblings);
      }
      if (block.kind === 'item') this.add(block.children, `${above}>${found ?? key}`);
    }
  }

  /** Only what is new; an old bullet stays as the head of new ones below it. */
  news(blocks: readonly Block[], above = ''): Block[] {
    return blocks.flatMap((block): Block[] => {
      const found = this.#find(block, above);
      if (block.kind !== 'item') return found === null ? [block] : [];
      const children = this.news(block.children, `${above}>${found ?? keyOf(block)}`);
      if (found !== null && children.length === 0) return [];
      return [{ ...block, children } satisfies Item];
    });
  }

  /** The key under which the same was told; null where it was not. */
  #find(block: Block, above: string): string | null {
    const key = keyOf(block);
    const siblings = this.#known.get(bucketOf(above, key)) ?? [];
    if (siblings.includes(key)) return key;
    return block.kind === 'item' ? (siblings.find((known) => sameEssence(key, known)) ?? null) : null;
  }
}

/** Only texts of as many words can say the same. */
function bucketOf(above: string, key: string): string {
  return `${above}\u0002${key.split(' ').length}`;
}

/** An essence; lines and cells of a table count as they stand, because a digit is all that may differ. */
function keyOf(block: Block): string {
  if (block.kind === 'item') return essence(block.text);
  const lines = block.kind === 'grid' ? block.rows.map((row) => row.join(' ')) : block.lines;
  return `\u0001${lines.join(' ').replace(/\s+/g, ' ').trim()}`;
}

/** Earlier reports, and the days whose events are news in this one. */
export interface Earlier {
  readonly span: Span;
  /** Whether what has this day, and is named by this word in reports, is news: a run by its id. */
  isNews(day: Day, name: string): boolean;
  /** First day that may still hold news: that of the week before, where its report was kept. */
  readonly newsFrom: Day;
  /** What was told of a card, or of a section by its name. */
  told(key: string, notes: NoteFile): Told;
}
