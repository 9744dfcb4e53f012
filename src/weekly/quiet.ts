// SPDX-License-Identifier: GPL-2.0-only
/** What a writer says where nothing is new: "No progress", "(no update)", "None"; each place keeps its own word. */
import { isKind, type Mail, type Node, walk } from './mail-tree.ts';

type Kind = 'card' | 'section' | 'standing';

const DEFAULTS: Readonly<Record<Kind, string>> = { card: '(no update)', section: 'No progress', standing: 'None' };

interface Said {
  readonly key: string;
  readonly kind: Kind;
  readonly line: string;
}

/** The words of a mail and of those before it. */
export class QuietWords {
  readonly #said: readonly Said[];
  /** Heads of bullets that once had such a word below them: they are topics, not news. */
  readonly #topics: ReadonlySet<string>;

  /** The newest mail first. */
  constructor(mails: readonly Mail[]) {
    const said: Said[] = [];
    const topics = new Set<string>();
    for (const { nodes } of mails) {
      for (const { node, above } of walk(nodes)) {
        if (node.kind !== 'quiet') continue;
        const place = above.findLast((each) => each.kind !== 'text');
        if (place === undefined) continue;
        if (place.kind === 'bullet') topics.add(place.text);
        said.push({ key: keyOf(place), kind: kindOf(place), line: node.lines[0]?.text ?? '' });
      }
    }
    this.#said = said;
    this.#topics = topics;
  }

  isTopic(node: Node): boolean {
    return isKind(node, 'bullet') && this.#topics.has(node.text);
  }

  /** The line for a place; `indent` is that of what stood there, null where nothing did. */
  lineFor(place: Node, indent: number | null): string {
    const own = this.#said.find(({ key }) => key === keyOf(place));
    if (own !== undefined) return own.line;
    // "none planned" is true of travels, not of a card.
    const like = this.#said.find(({ kind, line }) => kind === kindOf(place) && !/planned|issue|blocker/i.test(line));
    if (like !== undefined)
      return kindOf(place) === 'card' && indent !== null ? ' '.repeat(indent) + like.line.trim() : like.line;
    return ' '.repeat(place.kind === 'card' ? Math.max(indent ?? 0, 2) : (indent ?? 0)) + DEFAULTS[kindOf(place)];
  }
}

function keyOf(node: Node): string {
  if (node.kind === 'card') return `card ${node.id}`;
  if (node.kind === 'section') return `section ${node.title.toLowerCase()}`;
  return node.kind === 'bullet' ? `bullet ${node.text}` : node.kind;
}

function kindOf(node: Node): Kind {
  if (node.kind !== 'section') return 'card';
  return node.role === 'news' ? 'section' : 'standing';
}
