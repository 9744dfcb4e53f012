// SPDX-License-Identifier: GPL-2.0-only
/** Changes to a mail, each over whole lines, with the reason that `weekly diff` tells. */
import { HARMFUL } from '../words/plain-text.ts';
import type { Line } from './mail-line.ts';
import { type Mail, placeOf, walk } from './mail-tree.ts';

export interface Change {
  /** "STR-68", "Patch status", "mail". */
  readonly place: string;
  readonly why: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

type Step = Pick<Change, 'place' | 'why'> & Readonly<Record<'before' | 'after', readonly Line[]>>;

/** Collects changes of one mail; lines that no change names stay, as the same objects. */
export class Edits {
  readonly mail: Mail;
  readonly steps: Step[] = [];
  readonly #around = new Map<Line, ReturnType<typeof linesAround>>();
  readonly #places = new Map<Line, string>();

  constructor(mail: Mail) {
    this.mail = mail;
    for (const { node, above } of walk(mail.nodes))
      for (const line of node.lines) this.#places.set(line, placeOf([...above, node]));
  }

  /** `place`: where it is not the card or the section of the first line. */
  replace(lines: readonly Line[], texts: readonly string[], why: string, place?: string): void {
    const [first] = lines;
    if (first === undefined || lines.map(({ text }) => text).join('\n') === texts.join('\n')) return;
    const after = this.#made(texts);
    for (const line of lines) this.#at(line).self = line === first ? after : [];
    this.steps.push({ place: place ?? this.#places.get(first) ?? '', why, before: lines, after });
  }

  drop(lines: readonly Line[], why: string, place?: string): void {
    this.replace(lines, [], why, place);
  }

  /** An empty line that is of no use any more: nothing to tell of. */
  dropBlank(lines: readonly Line[]): void {
    for (const line of lines) this.#at(line).self = [];
  }

  insert(side: 'before' | 'after', line: Line, texts: readonly string[], why: string, place?: string): void {
    const after = this.#made(texts);
    this.#at(line)[side].push(...after);
    this.steps.push({ place: place ?? this.#places.get(line) ?? '', why, before: [], after });
  }

  /** The lines of the mail with the changes in them. */
  apply(): Line[] {
    const { lines } = this.mail;
    const all = lines.flatMap((line) => {
      const around = this.#around.get(line);
      return around === undefined ? [line] : [...around.before, ...around.self, ...around.after];
    });
    const last = lines.at(-1);
    // Only the last line of a mail may have no end.
    return last?.end === '' && all.at(-1) !== last
      ? all.flatMap((line) => (line === last ? this.#made([line.text]) : [line]))
      : all;
  }

  #made(texts: readonly string[]): Line[] {
    const end = this.mail.lines.find((line) => line.end !== '')?.end ?? '\n';
    return texts.map((text) => ({ text, end }));
  }

  #at(line: Line): ReturnType<typeof linesAround> {
    const around = this.#around.get(line) ?? linesAround(line);
    this.#around.set(line, around);
    return around;
  }
}

function linesAround(line: Line): Record<'before' | 'self' | 'after', Line[]> {
  return { before: [], self: [line], after: [] };
}

/** The steps as a reader is told of them: a line that one wrote and a later one changed again is told of once. */
export function joinSteps(steps: readonly Step[]): Change[] {
  const makers = new Map<Line, { readonly before: string[]; readonly after: Set<Line> }>();
  const all = steps.map(({ place, why, before, after }) => {
    const texts = before.flatMap((line) => {
      const earlier = makers.get(line);
      if (earlier === undefined) return [line.text];
      // One line that became another: what it was at first is what the reader knows.
      const first = earlier.before.length === 1 && earlier.after.size === 1 ? earlier.before.splice(0) : [];
      earlier.after.delete(line);
      return first;
    });
    const joined = { place, why, before: texts, after: new Set(after) };
    for (const line of after) makers.set(line, joined);
    return joined;
  });
  return all.flatMap(({ place, why, before, after: lines }) => {
    const after = [...lines].map(({ text }) => text);
    return before.join('\n') === after.join('\n') ? [] : [{ place, why, before, after }];
  });
}

/** The changes of a draft for a reader: place and reason, then the lines that went and those that came. */
export function showChanges(changes: readonly Change[]): string {
  let last = '';
  const texts = changes.flatMap(({ place, why, before, after }) => {
    const head = `${clean(place)}: ${clean(why)}`;
    const above = head === last ? [] : last === '' ? [head] : ['', head];
    last = head;
    return [...above, ...shown('-', before), ...shown('+', after)];
  });
  return `${texts.length === 0 ? 'nothing was changed' : texts.join('\n')}\n`;
}

function shown(sign: string, lines: readonly string[]): string[] {
  return lines.filter((line) => line.trim() !== '').map((line) => `${sign} ${clean(line)}`);
}

function clean(text: string): string {
  return text.replace(HARMFUL, (sign) => (sign === '\t' ? sign : ' '));
}
