// SPDX-License-Identifier: GPL-2.0-only
/** Joins a draft that its writer changed with what hoplab knows since: where both changed the same lines, the writer's stay. */
import { isQuiet } from './line-kind.ts';

export interface Merged {
  readonly text: string;
  /** Lines of hoplab's that the writer's words stand for. */
  readonly kept: readonly string[];
}

/** `made` is what hoplab wrote before, `mine` what became of it, `fresh` what it would write now. */
export function mergeDrafts({
  made,
  mine,
  fresh,
}: {
  readonly made: string;
  readonly mine: string;
  readonly fresh: string;
}): Merged {
  const [base, own, other] = [made, mine, fresh].map((text) => text.split(/(?<=\n)/));
  if (base === undefined || own === undefined || other === undefined) return { text: mine, kept: [] };
  const toOwn = matches(base, own);
  const toOther = matches(base, other);
  const result: string[] = [];
  const kept: string[] = [];
  let at = { base: 0, own: 0, other: 0 };
  const chunk = (end: typeof at): void => {
    const [b, o, f] = [base.slice(at.base, end.base), own.slice(at.own, end.own), other.slice(at.other, end.other)];
    const merged = mergeChunk(b, o, f);
    result.push(...merged.lines);
    kept.push(...merged.kept.map((line) => line.trimEnd()));
  };
  for (let line = 0; line < base.length; line++) {
    const [inOwn, inOther] = [toOwn[line], toOther[line]];
    if (inOwn === undefined || inOther === undefined || inOwn < at.own || inOther < at.other) continue;
    chunk({ base: line, own: inOwn, other: inOther });
    result.push(base[line] ?? '');
    at = { base: line + 1, own: inOwn + 1, other: inOther + 1 };
  }
  chunk({ base: base.length, own: own.length, other: other.length });
  return { text: result.join(''), kept };
}

function mergeChunk(base: readonly string[], own: readonly string[], other: readonly string[]) {
  const nothing: string[] = [];
  if (isSame(base, other) || isSame(own, other)) return { lines: own, kept: nothing };
  if (isSame(base, own)) return { lines: other, kept: nothing };
  // "(no update)" was replaced by both: both have something to tell.
  if (base.every((line) => line.trim() === '' || isQuiet(line)))
    return { lines: [...own, ...other.filter((line) => !own.includes(line))], kept: nothing };
  if (base.length === own.length && base.length === other.length) {
    const lines = base.map((line, at) => (line === own[at] ? (other[at] ?? line) : (own[at] ?? line)));
    return { lines, kept: other.filter((line, at) => line !== base[at] && base[at] !== own[at] && line !== own[at]) };
  }
  return { lines: own, kept: other.filter((line) => !base.includes(line) && line.trim() !== '') };
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((line, at) => line === b[at]);
}

const MOST_CELLS = 4_000_000;

/** Of each line of `a` its place in `b`, along the longest common subsequence; undefined where it went. */
function matches(a: readonly string[], b: readonly string[]): (number | undefined)[] {
  const found: (number | undefined)[] = a.map(() => undefined);
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) {
    found[start] = start;
    start++;
  }
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) {
    found[a.length - 1 - end] = b.length - 1 - end;
    end++;
  }
  const [rows, columns] = [a.length - start - end, b.length - start - end];
  // So much is another text, and its lines have nothing to do with one another.
  if (rows * columns > MOST_CELLS) return found;
  const width = columns + 1;
  const lengths = new Uint16Array((rows + 1) * width);
  const at = (row: number, column: number): number => lengths[row * width + column] ?? 0;
  for (let row = rows - 1; row >= 0; row--)
    for (let column = columns - 1; column >= 0; column--)
      lengths[row * width + column] =
        a[start + row] === b[start + column]
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1));
  for (let row = 0, column = 0; row < rows && column < columns; ) {
    if (a[start + row] === b[start + column]) found[start + row++] = start + column++;
    else if (at(row + 1, column) >= at(row, column + 1)) row++;
    else column++;
  }
  return found;
}
