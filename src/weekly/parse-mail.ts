// SPDX-License-Identifier: GPL-2.0-only
/** Reads a report of any layout into a tree over its lines. What is not understood stays a block in its place. */
import { readEntry } from './entries.ts';
import { type DateContext, dayFirstIn } from './find-dates.ts';
import { headingAt, headingHabit } from './headings.ts';
import {
  beginsChecklist,
  bulletOf,
  cardOf,
  footnoteOf,
  isFarewell,
  isNextLetter,
  isQuiet,
  itemOf,
  listedOf,
  looksLikeHeading,
  numberedTitleOf,
  remarkOf,
  roleOf,
  taskOf,
  textBelow,
} from './line-kind.ts';
import { headLength, readFields, reportDay } from './mail-head.ts';
import { indentOf, type Line, linesOf } from './mail-line.ts';
import type { Card, Mail, Node, Section } from './mail-tree.ts';
import { CARD_RANK, INDENT_RANK, OpenNodes, type Part } from './open-nodes.ts';
import { stateClassOf } from './state.ts';
import { tableLength } from './table.ts';
import type { Day } from './week.ts';

/** `fallback`: the day of a report that does not say it. */
export function parseMail(text: string, fallback: Day | null = null): Mail {
  return parseLines(linesOf(text), fallback);
}

/** The tree has these lines themselves. */
export function parseLines(lines: readonly Line[], fallback: Day | null): Mail {
  const length = headLength(lines);
  const [head, body] = [lines.slice(0, length), lines.slice(length)];
  const fields = readFields(head);
  const day = reportDay(fields, body, fallback);
  const context = {
    near: day ?? new Date().toISOString().slice(0, 10),
    dayFirst: dayFirstIn(body.map((line) => line.text).join('\n')),
  };
  const open = new OpenNodes();
  if (head.length > 0) open.add(head, { kind: 'head', fields });
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
  /** "1) ABC-12: boot time" is a card here: "3) Misc" is beside it. */
  #numbersCards = false;

  constructor(lines: readonly Line[], open: OpenNodes, context: DateContext) {
    this.#lines = lines;
    this.#open = open;
    this.#context = context;
    this.#habit = headingHabit(lines);
  }

  read(): void {
    let next = 0;
    for (const [at, line] of this.#lines.entries()) if (at === next) next += this.#take(line, at);
    this.#open.end();
  }

  #take(line: Line, at: number): number {
    return (
      this.#blank(line) ||
      this.#signature(line, at) ||
      this.#remark(line) ||
      this.#task(line) ||
      this.#heading(at) ||
      this.#card(line, at) ||
      this.#footnote(line, at) ||
      this.#entry(line) ||
      this.#item(line, at) ||
      this.#quiet(line) ||
      this.#unknownHeading(line, at) ||
      this.#bullet(line) ||
      this.#table(line, at) ||
      this.#text(line)
    );
  }

  #blank(line: Line): number {
    if (line.text.trim() !== '') return 0;
    this.#open.blank(line);
    return 1;
  }

  #signature({ text }: Line, at: number): number {
    if (!isFarewell(text)) return 0;
    this.#open.closeRank(1);
    this.#open.add(this.#lines.slice(at), { kind: 'signature' });
    return this.#lines.length - at;
  }

  #heading(at: number): number {
    const found = headingAt(this.#lines, at, this.#habit);
    if (found === null) return 0;
    const { title, level, length } = found;
    const card = cardOf(title, true);
    if (card !== null) return this.#openCard(at, length, card);
    this.#letter = '';
    this.#open.closeRank(level);
    // What is below "Issues" is of that kind whatever it is called.
    const own = roleOf(title);
    const role = own === 'news' ? (this.#role ?? own) : own;
    this.#open.open(this.#lines.slice(at, at + length), { rank: level }, { kind: 'section', title, level, role });
    return length;
  }

  /** "** DONE title" of org-mode is news of the week, "** TODO title" stands. */
  #task(line: Line): number {
    const found = this.#habit.stars ? taskOf(line.text) : null;
    if (found === null) return 0;
    const { mark, title, isDone } = found;
    this.#open.closeRank(INDENT_RANK);
    if (!this.#open.has('card')) this.#open.closeRank(mark.length);
    const at = line.text.length;
    const part: Part = isDone
      ? { kind: 'bullet', text: title }
      : { kind: 'item', letter: ' ', name: title, state: '', stateClass: null, at: { start: at, end: at } };
    this.#open.open([line], { indent: 0 }, part);
    return 1;
  }

  #card({ text }: Line, at: number): number {
    const title = numberedTitleOf(this.#lines, at, this.#numbersCards);
    const card = cardOf(title ?? text);
    const numbersTitles = this.#numbersCards || (this.#habit.numbers && this.#role === 'news');
    if (card === null && title !== null && numbersTitles) return this.#unknown(at, CARD_RANK);
    if (card === null || indentOf(text) > 3) return 0;
    if (title !== null) this.#numbersCards = true;
    // In a list of what is to be done "NET-1: title" is an entry.
    return !text.includes('[') && this.#role === 'standing' ? 0 : this.#openCard(at, 1, card);
  }

  #openCard(at: number, length: number, { id, title }: Pick<Card, 'id' | 'title'>): number {
    this.#letter = '';
    this.#open.closeRank(CARD_RANK);
    // "# Header: round trip times" in the lines of a tool.
    const below = remarkOf(this.#lines[at + length]?.text ?? '') ?? '';
    const header = /^(?:header|title|summary):\s*(.+)$/i.exec(below)?.[1]?.trim() ?? '';
    const lines = this.#lines.slice(at, at + length);
    this.#open.open(lines, { rank: CARD_RANK }, { kind: 'card', id, title: title || header });
    return length;
  }

  /** What the entries of this place are. */
  get #role(): Section['role'] | null {
    return this.#open.section?.role ?? null;
  }

  /** Lines of # directly below a card are those of a tool; anywhere else they are headings. */
  #remark(line: Line): number {
    const { node } = this.#open.top;
    if (remarkOf(line.text) === null || !this.#open.isDirect || node?.kind !== 'card') return 0;
    if (node.children.some(({ kind }) => kind !== 'remark')) return 0;
    this.#open.add([line], { kind: 'remark' });
    return 1;
  }

  #footnote({ text: first }: Line, at: number): number {
    const number = footnoteOf(first);
    if (number === null) return 0;
    const isEnd = ({ text }: Line, index: number): boolean =>
      text.trim() === '' ||
      footnoteOf(text) !== null ||
      cardOf(text) !== null ||
      isFarewell(text) ||
      headingAt(this.#lines, index, this.#habit) !== null;
    let end = at + 1;
    for (let line = this.#lines[end]; line !== undefined && !isEnd(line, end); line = this.#lines[end]) end += 1;
    this.#open.closeRank(CARD_RANK);
    this.#open.add(this.#lines.slice(at, end), { kind: 'footnote', number });
    return end - at;
  }

  /** A line of a patch status or a calendar, with or without a bullet. */
  #entry(line: Line): number {
    const role = this.#role;
    const part = role === null || isQuiet(line.text) ? null : readEntry(role, line.text, this.#context);
    if (part === null) return 0;
    const indent = indentOf(line.text);
    const { node, indent: topIndent } = this.#open.top;
    // What is further in than an entry is about it.
    const isMore = (node?.kind === 'patch' || node?.kind === 'event') && indent > topIndent;
    if (isMore && bulletOf(line.text) === null) return this.#open.extend(line) ? 1 : 0;
    this.#open.closeWhile((_, above) => above >= indent);
    this.#open.open([line], { indent }, part);
    return 1;
  }

  #item(line: Line, at: number): number {
    const found = listedOf(line.text);
    if (found === null) return 0;
    const { letter, isTick, name, state, start, end } = found;
    if (isTick) {
      // What is ticked off in no card's list was done this week.
      if (/[xX✓]/.test(letter) && this.#role === 'news' && !this.#open.has('card')) return 0;
    } else {
      if (!isNextLetter(this.#letter, letter) && !beginsChecklist(this.#lines, at)) return 0;
      this.#letter = letter;
    }
    const indent = indentOf(line.text);
    const direct = this.#open.isDirect;
    const isBeside = (node: Node, above: number) =>
      above > indent || (above === indent && node.kind === 'bullet' && isTick);
    this.#open.closeWhile((node, above) => node.kind === 'item' || !direct || isBeside(node, above));
    const item = { kind: 'item', letter, name, state, stateClass: stateClassOf(state) } as const;
    this.#open.open([line], { indent }, { ...item, at: { start, end } });
    return 1;
  }

  #quiet(line: Line): number {
    if (!isQuiet(line.text)) return 0;
    const indent = indentOf(line.text);
    const direct = this.#open.isDirect;
    this.#open.closeWhile(
      (node, above) => above >= indent || (node.kind === 'text' && !direct) || node.kind === 'item',
    );
    this.#open.add([line], { kind: 'quiet' });
    return 1;
  }

  /** A title in none of the known forms, with bullets below it: what they are is not known, and all of it stays. */
  #unknownHeading({ text }: Line, at: number): number {
    const { node, children } = this.#open.top;
    if (this.#role !== 'news' || !looksLikeHeading(text)) return 0;
    const isFirst = (node?.kind === 'section' || node?.kind === 'card') && children.length === 0;
    const below = textBelow(this.#lines, at);
    if ((this.#open.isDirect && !isFirst) || bulletOf(below) === null || itemOf(below) !== null) return 0;
    return this.#unknown(at, INDENT_RANK);
  }

  #unknown(at: number, rank: number): number {
    this.#letter = '';
    this.#open.closeRank(rank);
    this.#open.open(this.#lines.slice(at, at + 1), {}, { kind: 'verbatim' });
    return 1;
  }

  #bullet(line: Line): number {
    const found = bulletOf(line.text);
    if (found === null) return 0;
    const indent = indentOf(line.text);
    this.#closeBeside(indent);
    this.#open.open([line], { indent }, { kind: 'bullet', text: found.text });
    return 1;
  }

  #table({ text }: Line, at: number): number {
    const length = tableLength(this.#lines, at);
    if (length === 0) return 0;
    this.#closeBeside(indentOf(text));
    this.#open.add(this.#lines.slice(at, at + length), { kind: 'table' });
    return length;
  }

  /** A paragraph holds what is directly below it, a bullet what is further in. */
  #closeBeside(indent: number): void {
    const direct = this.#open.isDirect;
    this.#open.closeWhile((node, above) => (node.kind === 'text' ? above > indent || !direct : above >= indent));
  }

  /** A line more of a bullet or a paragraph, or a paragraph of its own. */
  #text(line: Line): number {
    const indent = indentOf(line.text);
    const { node, indent: above } = this.#open.top;
    // Mailers wrap to the first column.
    const goesOn = indent > above || node?.kind === 'text' || (indent === 0 && node?.kind === 'bullet');
    if (goesOn && node?.kind !== 'section' && node?.kind !== 'card' && this.#open.extend(line)) return 1;
    this.#open.closeWhile((each, left) => each.kind === 'text' || left >= indent);
    if (this.#open.top.node === null || line.text.startsWith('>')) this.#open.add([line], { kind: 'verbatim' });
    else this.#open.open([line], { indent }, { kind: 'text' });
    return 1;
  }
}
