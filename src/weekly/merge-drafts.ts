// SPDX-License-Identifier: GPL-2.0-only
/** Joins a draft that its writer changed with what hoplab knows since: where both changed the same lines, the writer's stay. */
import { isQuiet } from './line-kind.ts';

export interface Merged {
  readonly text: string;
  /** Lines of hoplab's that the writer's words stand for. */
  readonly kept: readonly string[];
}

/** Longer than the lines of signs that mails have. */
const MARKER = 200;
const MARKED = new RegExp(`^([<|=>])\\1{${MARKER - 1}}(?:\\s|$)`);

/** Of the files of what became of a draft, of what it was, and of what it would be now. */
export function mergeArgs(mine: string, made: string, fresh: string): string[] {
  return ['merge-file', '-p', '--diff3', `--marker-size=${MARKER}`, mine, made, fresh];
}

/** What git merge-file answers, with its conflicts settled. */
export function settleConflicts(answer: string): Merged {
  const lines: string[] = [];
  const kept: string[] = [];
  let side: keyof Conflict | null = null;
  let conflict: Conflict = { mine: [], made: [], fresh: [] };
  for (const line of answer.split(/(?<=\n)/)) {
    const sign = MARKED.exec(line)?.[1];
    if (sign === '<' && side === null) side = 'mine';
    else if (sign === '|' && side === 'mine') side = 'made';
    else if (sign === '=' && side === 'made') side = 'fresh';
    else if (sign === '>' && side === 'fresh') {
      const settled = settle(conflict);
      lines.push(...settled.lines);
      kept.push(...settled.kept.map((text) => text.trimEnd()));
      conflict = { mine: [], made: [], fresh: [] };
      side = null;
    } else (side === null ? lines : conflict[side]).push(line);
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
