// SPDX-License-Identifier: GPL-2.0-only
/** Changes to a mail, each over whole lines, with the reason that `weekly diff` tells. */
import { joinLines, type Line, lineEndOf } from './mail-line.ts';

export interface Change {
  /** "STR-68", "Patch status", "mail". */
  readonly place: string;
  readonly why: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

interface Around {
  before: string[];
  self: readonly string[] | null;
  after: string[];
}

/** Collects changes of one mail; lines that no change names stay as they are. */
export class Edits {
  readonly #lines = new Map<Line, Around>();
  readonly #changes: Change[] = [];

  get changes(): readonly Change[] {
    return this.#changes;
  }

  replace(lines: readonly Line[], after: readonly string[], told: Pick<Change, 'place' | 'why'>): void {
    const before = lines.map(({ text }) => text);
    if (before.join('\n') === after.join('\n')) return;
    for (const [index, line] of lines.entries()) this.#around(line).self = index === 0 ? after : [];
    this.#changes.push({ ...told, before, after });
  }

  drop(lines: readonly Line[], told: Pick<Change, 'place' | 'why'>): void {
    this.replace(lines, [], told);
  }

  /** An empty line that is of no use any more: nothing to tell of. */
  dropBlank(lines: readonly Line[]): void {
    for (const line of lines) this.#around(line).self = [];
  }

  insertAfter(line: Line, after: readonly string[], told: Pick<Change, 'place' | 'why'>): void {
    this.#around(line).after.push(...after);
    this.#changes.push({ ...told, before: [], after: after.filter((text) => text !== '') });
  }

  insertBefore(line: Line, after: readonly string[], told: Pick<Change, 'place' | 'why'>): void {
    this.#around(line).before.push(...after);
    this.#changes.push({ ...told, before: [], after: after.filter((text) => text !== '') });
  }

  apply(lines: readonly Line[]): string {
    const end = lineEndOf(lines);
    const all = lines.flatMap((line): Line[] => {
      const around = this.#lines.get(line);
      if (around === undefined) return [line];
      const self = around.self?.map((text) => ({ text, end: line.end || end })) ?? [line];
      const made = (texts: readonly string[]) => texts.map((text) => ({ text, end }));
      return [...made(around.before), ...self, ...made(around.after)];
    });
    return joinLines(all.map((line, index) => (line.end === '' && index < all.length - 1 ? { ...line, end } : line)));
  }

  #around(line: Line): Around {
    const known = this.#lines.get(line);
    if (known !== undefined) return known;
    const made: Around = { before: [], self: null, after: [] };
    this.#lines.set(line, made);
    return made;
  }
}
