// SPDX-License-Identifier: GPL-2.0-only
/** Joins a draft that its writer changed with what hoplab knows since: where both changed the same lines, the writer's stay. */
import { isQuiet } from './line-kind.ts';

/** Longer than the lines of signs that mails have. */
const MARKER = 200;
const CONFLICT = new RegExp(
  ['<', '\\|', '=', '>'].map((sign) => `^${sign}{${MARKER}}(?: .*)?\\r?\\n`).join('([^]*?)'),
  'gm',
);

/** Of the files of what became of a draft, of what it was, and of what it would be now. */
export function mergeArgs(mine: string, made: string, fresh: string): string[] {
  return ['merge-file', '-p', '--diff3', `--marker-size=${MARKER}`, mine, made, fresh];
}

/** What git merge-file answers, with its conflicts settled; `kept` are lines of hoplab's that the writer's words stand for. */
export function settleConflicts(answer: string) {
  const kept: string[] = [];
  const text = answer.replace(CONFLICT, (_, mine: string, made: string, fresh: string) => {
    const settled = settle({ mine: linesIn(mine), made: linesIn(made), fresh: linesIn(fresh) });
    kept.push(...settled.kept.map((line) => line.trimEnd()));
    return settled.lines.join('');
  });
  return { text, kept };
}

function linesIn(text: string): string[] {
  return text.split(/(?<=\n)/).filter((line) => line !== '');
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
