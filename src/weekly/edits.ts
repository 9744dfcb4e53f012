// SPDX-License-Identifier: GPL-2.0-only
/** Changes to a mail, each over whole lines, with the reason that `weekly diff` tells. */
import { HARMFUL } from '../words/plain-text.ts';
import { type Line, lineEndOf } from './mail-line.ts';

export interface Change {
  /** "STR-68", "Patch status", "mail". */
  readonly place: string;
  readonly why: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

export type Told = Pick<Change, 'place' | 'why'>;

interface Step extends Told {
  readonly before: readonly Line[];
  readonly after: readonly Line[];
}

interface Around {
  readonly before: Line[];
  self: readonly Line[];
  readonly after: Line[];
}

/** Collects changes of one mail; lines that no change names stay, as the same objects. */
export class Edits {
  readonly #around = new Map<Line, Around>();
  readonly #steps: Step[] = [];
  readonly #end: string;

  constructor(lines: readonly Line[]) {
    this.#end = lineEndOf(lines);
  }

  get steps(): readonly Step[] {
    return this.#steps;
  }

  replace(lines: readonly Line[], texts: readonly string[], told: Told): void {
    if (lines.map(({ text }) => text).join('\n') === texts.join('\n')) return;
    const after = this.#made(texts);
    for (const [index, line] of lines.entries()) this.#at(line).self = index === 0 ? after : [];
    this.#steps.push({ ...told, before: lines, after });
  }

  drop(lines: readonly Line[], told: Told): void {
    this.replace(lines, [], told);
  }

  /** An empty line that is of no use any more: nothing to tell of. */
  dropBlank(lines: readonly Line[]): void {
    for (const line of lines) this.#at(line).self = [];
  }

  insert(side: 'before' | 'after', line: Line, texts: readonly string[], told: Told): void {
    const after = this.#made(texts);
    this.#at(line)[side].push(...after);
    this.#steps.push({ ...told, before: [], after });
  }

  apply(lines: readonly Line[]): Line[] {
    const all = lines.flatMap((line) => {
      const around = this.#around.get(line);
      return around === undefined ? [line] : [...around.before, ...around.self, ...around.after];
    });
    const last = lines.at(-1);
    // Only the last line of a mail may have no end.
    return last?.end === '' && all.at(-1) !== last
      ? all.map((line) => (line === last ? this.#ended(line) : line))
      : all;
  }

  #made(texts: readonly string[]): Line[] {
    return texts.map((text) => this.#ended({ text, end: '' }));
  }

  #ended({ text }: Line): Line {
    return { text, end: this.#end };
  }

  #at(line: Line): Around {
    const around = this.#around.get(line) ?? { before: [], self: [line], after: [] };
    this.#around.set(line, around);
    return around;
  }
}

interface Joined {
  readonly told: Told;
  readonly before: string[];
  readonly after: Set<Line>;
}

/** The steps as a reader is told of them: a line that one wrote and a later one changed again is told of once. */
export function joinSteps(steps: readonly Step[]): Change[] {
  const all: Joined[] = [];
  const makers = new Map<Line, Joined>();
  for (const { place, why, before, after } of steps) {
    const joined: Joined = { told: { place, why }, before: [], after: new Set(after) };
    for (const line of before) {
      const earlier = makers.get(line);
      if (earlier === undefined) joined.before.push(line.text);
      // One line that became another: what it was at first is what the reader knows.
      else if (earlier.before.length === 1 && earlier.after.size === 1) joined.before.push(...earlier.before.splice(0));
      earlier?.after.delete(line);
    }
    for (const line of after) makers.set(line, joined);
    all.push(joined);
  }
  return all.flatMap(({ told, before, after }) => {
    const texts = [...after].map(({ text }) => text);
    return before.join('\n') === texts.join('\n') ? [] : [{ ...told, before, after: texts }];
  });
}

/** The changes of a draft for a reader: place and reason, then the lines that went and those that came. */
export function showChanges(changes: readonly Change[]): string {
  if (changes.length === 0) return 'nothing was changed\n';
  const groups: { place: string; why: string; lines: string[] }[] = [];
  for (const { place, why, before, after } of changes) {
    const lines = [...shown('-', before), ...shown('+', after)];
    const last = groups.at(-1);
    if (last !== undefined && last.place === place && last.why === why) last.lines.push(...lines);
    else groups.push({ place, why, lines });
  }
  return groups.map(({ place, why, lines }) => `${clean(place)}: ${clean(why)}\n${lines.join('\n')}\n`).join('\n');
}

function shown(sign: string, lines: readonly string[]): string[] {
  return lines.filter((line) => line.trim() !== '').map((line) => `${sign} ${clean(line)}`);
}

function clean(text: string): string {
  return text.replace(HARMFUL, (sign) => (sign === '\t' ? sign : ' '));
}
