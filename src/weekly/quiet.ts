// SPDX-License-Identifier: GPL-2.0-only
/** What a writer says where nothing is new: "No progress", "(no update)", "None"; each place keeps its own word. */
import { type Mail, type Node, walk } from './mail-tree.ts';

type Kind = 'card' | 'section' | 'standing';

const DEFAULTS: Readonly<Record<Kind, string>> = { card: '(no update)', section: 'No progress', standing: 'None' };

/** The words of a mail and of those before it. */
export class QuietWords {
  /** Of a place, and of a kind of places. */
  readonly #words = new Map<string, string>();
  /** Heads of bullets that once had such a word below them: they are topics, not news. */
  readonly #topics = new Set<string>();

  /** The newest mail first: of two words for a place its first one stays. */
  constructor(mails: readonly Mail[]) {
    for (const { node, above } of mails.flatMap(({ nodes }) => [...walk(nodes)]).reverse()) {
      const place = node.kind === 'quiet' ? above.findLast((each) => each.kind !== 'text') : undefined;
      if (place === undefined) continue;
      if (place.kind === 'bullet') this.#topics.add(place.text);
      const line = node.lines[0]?.text ?? '';
      this.#words.set(keyOf(place), line);
      // "none planned" is true of travels, not of a card.
      if (!/planned|issue|blocker/i.test(line)) this.#words.set(kindOf(place), line);
    }
  }

  isTopic(node: Node): boolean {
    return node.kind === 'bullet' && this.#topics.has(node.text);
  }

  /** The line for a place; `indent` is that of what stood there, null where nothing did. */
  lineFor(place: Node, indent: number | null): string {
    const kind = kindOf(place);
    const own = this.#words.get(keyOf(place));
    if (own !== undefined) return own;
    const like = this.#words.get(kind);
    if (like !== undefined) return kind === 'card' && indent !== null ? ' '.repeat(indent) + like.trim() : like;
    return ' '.repeat(place.kind === 'card' ? Math.max(indent ?? 0, 2) : (indent ?? 0)) + DEFAULTS[kind];
  }
}

function keyOf(node: Node): string {
  if (node.kind === 'card') return `card ${node.id}`;
  if (node.kind === 'section') return `section ${node.title.toLowerCase()}`;
  return node.kind === 'bullet' ? `bullet ${node.text}` : `any ${node.kind}`;
}

function kindOf(node: Node): Kind {
  if (node.kind !== 'section') return 'card';
  return node.role === 'news' ? 'section' : 'standing';
}
