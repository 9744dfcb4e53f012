// SPDX-License-Identifier: GPL-2.0-only
/** Reads a report of any layout into a tree over its lines. What is not understood stays a block in its place. */
import type { DateContext } from './date-forms.ts';
import { readEntry } from './entries.ts';
import { dayFirstIn } from './find-dates.ts';
import { type FoundHeading, headingAt, headingHabit } from './headings.ts';
import {
  bulletOf,
  cardOf,
  footnoteOf,
  hasKnownState,
  isFarewell,
  isQuiet,
  itemOf,
  remarkOf,
  roleOf,
} from './line-kind.ts';
import { headLength, readFields, reportDay } from './mail-head.ts';
import { indentOf, type Line, linesOf } from './mail-line.ts';
import type { Mail, Section } from './mail-tree.ts';
import { CARD_RANK, OpenNodes } from './open-nodes.ts';
import { stateClassOf } from './state.ts';
import { tableLength } from './table.ts';
import type { Day } from './week.ts';

/** How far ahead the "b." of a checklist may be. */
const MOST_AHEAD = 60;

/** `fallback`: the day of a report that does not say it. */
export function parseMail(text: string, fallback: Day | null = null): Mail {
  const lines = linesOf(text);
  const length = headLength(lines);
  const head = lines.slice(0, length);
  const fields = readFields(head);
  const body = lines.slice(length);
  const day = reportDay(fields, body, fallback);
  const context = {
    near: day ?? new Date().toISOString().slice(0, 10),
    dayFirst: dayFirstIn(body.map((line) => line.text).join('\n')),
  };
  const open = new OpenNodes();
  if (head.length > 0) open.add(head, (over) => ({ kind: 'head', fields, ...over }));
  new BodyReader(body, open, context).read();
  return { lines, nodes: open.nodes, day };
}

/** Goes through the lines once; each method takes the lines that it knows and says how many. */
class BodyReader {
  readonly #lines: readonly Line[];
  readonly #open: OpenNodes;
  readonly #context: DateContext;
  readonly #habit: ReturnType<typeof headingHabit>;
  /** Letter of the last line of a checklist in this card. */
  #letter = '';

  constructor(lines: readonly Line[], open: OpenNodes, context: DateContext) {
    this.#lines = lines;
    this.#open = open;
    this.#context = context;
    this.#habit = headingHabit(lines);
  }

  read(): void {
    for (let at = 0; at < this.#lines.length; ) at += this.#take(at);
    this.#open.end();
  }

  #take(at: number): number {
    const line = this.#lines[at];
    if (line === undefined) return 1;
    const { text } = line;
    if (text.trim() === '') {
      this.#open.blank(line);
      return 1;
    }
    if (isFarewell(text)) return this.#signature(at);
    return (
      this.#remark(line) ||
      this.#heading(at) ||
      this.#card(line) ||
      this.#footnote(at) ||
      this.#entry(line) ||
      this.#item(at) ||
      this.#quiet(line) ||
      this.#bullet(line) ||
      this.#table(at) ||
      this.#text(line)
    );
  }

  #signature(at: number): number {
    this.#open.closeRank(1);
    const rest = this.#lines.slice(at);
    this.#open.add(rest, (over) => ({ kind: 'signature', ...over }));
    return rest.length;
  }

  #heading(at: number): number {
    const found = headingAt(this.#lines, at, this.#habit);
    if (found === null) return 0;
    const lines = this.#lines.slice(at, at + found.length);
    const card = cardOf(found.title);
    if (card !== null) return this.#openCard(lines, card);
    this.#letter = '';
    this.#open.closeRank(found.level);
    const role = this.#roleOf(found);
    this.#open.open(lines, { rank: found.level }, (over) => {
      const { title, level } = found;
      return { kind: 'section', title, level, role, ...over };
    });
    return lines.length;
  }

  /** What is below "Issues" is of that kind whatever it is called. */
  #roleOf({ title }: FoundHeading): Section['role'] {
    const own = roleOf(title);
    if (own !== 'news') return own;
    const above = this.#open.find((node) => node.kind === 'section');
    return above?.kind === 'section' ? above.role : own;
  }

  #card(line: Line): number {
    const card = cardOf(line.text);
    if (card === null || indentOf(line.text) > 3) return 0;
    return this.#openCard([line], card);
  }

  #openCard(lines: readonly Line[], card: { readonly id: string; readonly title: string }): number {
    this.#letter = '';
    this.#open.closeRank(CARD_RANK);
    const title = card.title || this.#titleBelow(lines);
    this.#open.open(lines, { rank: CARD_RANK }, (over) => ({ kind: 'card', id: card.id, title, ...over }));
    return lines.length;
  }

  /** "# Header: round trip times" in the lines of a tool. */
  #titleBelow(lines: readonly Line[]): string {
    const last = lines.at(-1);
    const next = last === undefined ? undefined : this.#lines[this.#lines.indexOf(last) + 1];
    return /^(?:header|title|summary):\s*(.+)$/i.exec(remarkOf(next?.text ?? '') ?? '')?.[1]?.trim() ?? '';
  }

  /** Lines of # directly below a card are those of a tool; anywhere else they are headings. */
  #remark(line: Line): number {
    const { top } = this.#open;
    if (remarkOf(line.text) === null || !this.#open.isDirect || top?.kind !== 'card') return 0;
    if (top.children.some(({ kind }) => kind !== 'remark')) return 0;
    this.#open.add([line], (over) => ({ kind: 'remark', ...over }));
    return 1;
  }

  #footnote(at: number): number {
    const number = footnoteOf(this.#lines[at]?.text ?? '');
    if (number === null) return 0;
    let length = 1;
    for (; at + length < this.#lines.length; length++) {
      const text = this.#lines[at + length]?.text ?? '';
      if (text.trim() === '' || footnoteOf(text) !== null || cardOf(text) !== null) break;
      if (headingAt(this.#lines, at + length, this.#habit) !== null || isFarewell(text)) break;
    }
    this.#open.closeRank(CARD_RANK);
    this.#open.add(this.#lines.slice(at, at + length), (over) => ({ kind: 'footnote', number, ...over }));
    return length;
  }

  /** A line of a patch status or a calendar, with or without a bullet. */
  #entry(line: Line): number {
    const section = this.#open.find((node) => node.kind === 'section');
    if (section?.kind !== 'section' || isQuiet(line.text)) return 0;
    const make = readEntry(section.role, line.text, this.#context);
    const indent = indentOf(line.text);
    if (make === null) return 0;
    // What is further in than an entry is about it.
    const { top } = this.#open;
    if (
      (top?.kind === 'patch' || top?.kind === 'event') &&
      indent > this.#open.topIndent &&
      bulletOf(line.text) === null
    )
      return this.#open.extend(line) ? 1 : 0;
    this.#open.closeWhile((_, above) => above >= indent);
    this.#open.open([line], { indent }, make);
    return 1;
  }

  #item(at: number): number {
    const line = this.#lines[at];
    const found = line === undefined ? null : itemOf(line.text);
    if (line === undefined || found === null) return 0;
    const isTick = !/[a-z]/.test(found.letter) || found.letter === 'x';
    if (
      !isTick &&
      !this.#follows(found.letter) &&
      !(found.letter === 'a' && (hasKnownState(found) || this.#hasNext(at)))
    )
      return 0;
    if (found.letter === 'x' && !/\[x\]/i.test(line.text) && !this.#follows('x')) return 0;
    if (!isTick) this.#letter = found.letter;
    const indent = indentOf(line.text);
    const direct = this.#open.isDirect;
    this.#open.closeWhile((node, above) => node.kind === 'item' || !direct || above > indent);
    const { letter, name, state, start, end } = found;
    this.#open.open([line], { indent }, (over) => {
      return {
        kind: 'item',
        indent,
        letter,
        name,
        state,
        stateClass: stateClassOf(state),
        at: { start, end },
        ...over,
      };
    });
    return 1;
  }

  #follows(letter: string): boolean {
    return this.#letter !== '' && letter.charCodeAt(0) === this.#letter.charCodeAt(0) + 1;
  }

  #hasNext(at: number): boolean {
    for (const { text } of this.#lines.slice(at + 1, at + MOST_AHEAD)) {
      if (/^[ \t]*(?:[-*+•][ \t]+)?\(?b[.)]/.test(text)) return true;
      if (text.startsWith('[')) return false;
    }
    return false;
  }

  #quiet(line: Line): number {
    if (!isQuiet(line.text)) return 0;
    const indent = indentOf(line.text);
    const direct = this.#open.isDirect;
    this.#open.closeWhile(
      (node, above) => above >= indent || (node.kind === 'text' && !direct) || node.kind === 'item',
    );
    this.#open.add([line], (over) => ({ kind: 'quiet', ...over }));
    return 1;
  }

  #bullet(line: Line): number {
    const found = bulletOf(line.text);
    if (found === null) return 0;
    const indent = indentOf(line.text);
    const direct = this.#open.isDirect;
    this.#open.closeWhile((node, above) => (node.kind === 'text' ? above > indent || !direct : above >= indent));
    this.#open.open([line], { indent }, (over) => {
      return { kind: 'bullet', indent, mark: found.mark, text: found.text, ...over };
    });
    return 1;
  }

  #table(at: number): number {
    const length = tableLength(this.#lines, at);
    const line = this.#lines[at];
    if (length === 0 || line === undefined) return 0;
    const indent = indentOf(line.text);
    const direct = this.#open.isDirect;
    this.#open.closeWhile((node, above) => (node.kind === 'text' ? !direct || above > indent : above >= indent));
    this.#open.add(this.#lines.slice(at, at + length), (over) => ({ kind: 'table', ...over }));
    return length;
  }

  /** A line more of a bullet or a paragraph, or a paragraph of its own. */
  #text(line: Line): number {
    const indent = indentOf(line.text);
    const { top } = this.#open;
    const isOpen = top !== null && top.kind !== 'section' && top.kind !== 'card';
    // Mailers wrap to the first column.
    const goesOn = indent > this.#open.topIndent || top?.kind === 'text' || (indent === 0 && top?.kind === 'bullet');
    if (isOpen && goesOn && this.#open.extend(line)) return 1;
    this.#open.closeWhile((node, above) => node.kind === 'text' || above >= indent);
    if (this.#open.top === null || line.text.startsWith('>'))
      this.#open.add([line], (over) => ({ kind: 'verbatim', ...over }));
    else this.#open.open([line], { indent }, (over) => ({ kind: 'text', indent, ...over }));
    return 1;
  }
}
