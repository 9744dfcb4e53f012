// SPDX-License-Identifier: GPL-2.0-only
/** Groups timelines by the sequence of their steps: only transactions that took the same way are compared. */
import type { PathShape } from '../../model/trace-breakdown.ts';
import { TIMELINE_FLAGS, type Timelines } from '../../model/trace-timelines.ts';

export interface Shapes {
  /** The largest first. */
  readonly shapes: readonly PathShape[];
  /** Per shape: the timelines that have it. */
  readonly members: readonly Uint32Array[];
  /** Timelines that statistics are made of. */
  readonly usable: number;
}

export function groupShapes(timelines: Timelines): Shapes {
  const { length, first, step, flags } = timelines;
  const groups = new Map<number, Group[]>();
  let usable = 0;
  for (let t = 0; t < length; t++) {
    if (((flags[t] ?? 0) & TIMELINE_FLAGS.retransmitted) !== 0) continue;
    usable++;
    const [from, to] = [first[t] ?? 0, first[t + 1] ?? 0];
    let hash = to - from;
    for (let k = from; k < to; k++) hash = Math.imul(hash ^ (step[k] ?? 0), 0x9e3779b1) ^ (hash >>> 15);
    const alike = groups.get(hash) ?? [];
    if (alike.length === 0) groups.set(hash, alike);
    const group = alike.find(({ steps }) => isSame(steps, step, from, to));
    if (group !== undefined) group.members.push(t);
    else alike.push({ steps: step.subarray(from, to), members: [t] });
  }
  const sorted = [...groups.values()].flat().sort((a, b) => b.members.length - a.members.length);
  return {
    usable,
    shapes: sorted.map(({ steps, members }) => ({
      steps: [...steps],
      transactions: members.length,
      share: members.length / usable,
    })),
    members: sorted.map(({ members }) => Uint32Array.from(members)),
  };
}

interface Group {
  readonly steps: Uint16Array;
  readonly members: number[];
}

function isSame(steps: Uint16Array, column: Uint16Array, from: number, to: number): boolean {
  if (steps.length !== to - from) return false;
  for (let k = 0; k < steps.length; k++) if (steps[k] !== column[from + k]) return false;
  return true;
}

/**
 * The longest sequence that both have in order (not necessarily next to each other): dynamic programming, R. Wagner and
 * M. Fischer, "The string-to-string correction problem", JACM 21 (1974). Shapes have a few dozen steps. As pairs of
 * places.
 */
export function alignSequences<T>(
  a: readonly T[],
  b: readonly T[],
  isEqual: (a: T, b: T) => boolean,
): [number, number][] {
  const wide = b.length + 1;
  const best = new Uint32Array((a.length + 1) * wide);
  const equal = (i: number, j: number) => isEqual(a[i] as T, b[j] as T);
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      best[i * wide + j] = equal(i, j)
        ? (best[(i + 1) * wide + j + 1] ?? 0) + 1
        : Math.max(best[(i + 1) * wide + j] ?? 0, best[i * wide + j + 1] ?? 0);
  const pairs: [number, number][] = [];
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    if (equal(i, j)) pairs.push([i++, j++]);
    else if ((best[(i + 1) * wide + j] ?? 0) >= (best[i * wide + j + 1] ?? 0)) i++;
    else j++;
  }
  return pairs;
}

/** What all sequences have in common, in order. */
export function commonSequence<T>(sequences: readonly (readonly T[])[], isEqual: (a: T, b: T) => boolean): T[] {
  const [first = [], ...others] = sequences;
  return others.reduce<T[]>(
    (common, other) => alignSequences(common, other, isEqual).map(([i]) => common[i] as T),
    [...first],
  );
}
