// SPDX-License-Identifier: GPL-2.0-only
/** Joins a draft that its writer changed with what hoplab knows since: where both changed the same lines, the writer's stay. */
import { isQuiet } from './line-kind.ts';

export interface Merged {
  readonly text: string;
  /** Lines of hoplab's that the writer's words stand for. */
  readonly kept: readonly string[];
}

/** Longer than any line of signs that a mail has. */
const MARKER = 60;

/** Of the files of what became of a draft, of what it was, and of what it would be now. */
export function mergeArgs(mine: string, made: string, fresh: string): string[] {
  return ['merge-file', '-p', '--diff3', `--marker-size=${MARKER}`, mine, made, fresh];
}

/** What git merge-file answers, with its conflicts settled. */
export function settleConflicts(answer: string): Merged {
  const lines: string[] = [];
  const kept: string[] = [];
  let side: 'mine' | 'made' | 'fresh' | null = null;
  let conflict: Conflict = { mine: [], made: [], fresh: [] };
  for (const line of answer.split(/(?<=\n)/)) {
    const sign = /^([<|=>])\1{59}(?:\s|$)/.exec(line)?.[1];
    if (sign === undefined) {
      (side === null ? lines : conflict[side]).push(line);
    } else if (sign === '>') {
      const settled = settle(conflict);
      lines.push(...settled.lines);
      kept.push(...settled.kept.map((text) => text.trimEnd()));
      conflict = { mine: [], made: [], fresh: [] };
      side = null;
    } else side = sign === '<' ? 'mine' : sign === '|' ? 'made' : 'fresh';
  }
  return { text: lines.join(''), kept };
}

type Conflict = Readonly<Record<'mine' | 'made' | 'fresh', string[]>>;

function settle({ mine, made, fresh }: Conflict): { readonly lines: string[]; readonly kept: string[] } {
  // "(no update)" was replaced by both: both have something to tell.
  if (made.every((line) => line.trim() === '' || isQuiet(line)))
    return { lines: [...mine, ...fresh.filter((line) => !mine.includes(line))], kept: [] };
  if (made.length !== mine.length || made.length !== fresh.length)
    return { lines: mine, kept: fresh.filter((line) => !made.includes(line) && line.trim() !== '') };
  const lines = made.map((line, at) => (line === mine[at] ? fresh[at] : mine[at]) ?? line);
  return { lines, kept: fresh.filter((line, at) => line !== made[at] && made[at] !== mine[at] && line !== mine[at]) };
}
