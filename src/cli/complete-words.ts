// SPDX-License-Identifier: GPL-2.0-only
/** What a shell asks for while a command is typed: the runs that there are, their labels, the paths of a lab. Reads names alone. */
import { readdirSync, readFileSync } from 'node:fs';
import { isRunId } from '../run-store/layout.ts';
import { runsRoot } from '../run-store/runs-root.ts';
import { ASKED_KINDS, type AskedKind } from './asked.ts';

/** Characters of an id before its label. */
const ID = 20;
type Words = readonly string[];
const ANSWERS: Readonly<Record<AskedKind, (words: Words) => Words | Promise<Words>>> = {
  runs: (words) => {
    const ids = runIds(words);
    return ids.length === 0 ? [] : ['latest', ...labelsOf(ids), ...ids];
  },
  labels: (words) => labelsOf(runIds(words)),
  paths: pathsOf,
};

/** A word a line; nothing for a kind that is not known. `words` is the command line so far. */
export async function completeWords([kind = '', ...words]: readonly string[]): Promise<string> {
  const known = ASKED_KINDS.find((each) => each === kind);
  const lines = known === undefined ? [] : await ANSWERS[known](words);
  return lines.map((line) => `${line}\n`).join('');
}

function runIds(words: readonly string[]): string[] {
  const at = words.findIndex((word) => word === '--runs' || word.startsWith('--runs='));
  const named = words[at]?.startsWith('--runs=') ? words[at].slice('--runs='.length) : words[at + 1];
  try {
    return readdirSync(at === -1 || named === undefined ? runsRoot() : named)
      .filter(isRunId)
      .sort()
      .reverse();
  } catch {
    return []; // no folder of runs is no run
  }
}

/** An id ends with its label. */
function labelsOf(ids: readonly string[]): string[] {
  return [...new Set(ids.flatMap((id) => (id.length > ID + 1 ? [id.slice(ID + 1)] : [])))].sort();
}

/** Shells expand what they are given: a name is one of a lab, or it is not told. */
const NAME = /^[\w.-]+$/;

/** Those of the lab file that was typed, else of the default lab. */
async function pathsOf(words: readonly string[]): Promise<readonly string[]> {
  const file = words.find((word) => /\.ya?ml$/.test(word));
  if (file === undefined) return (await import('../backends/index.ts')).backends.map(({ kind }) => kind);
  try {
    const { parse } = await import('yaml');
    const lab: unknown = parse(readFileSync(file, 'utf8'));
    const paths = typeof lab === 'object' && lab !== null && 'paths' in lab ? lab.paths : null;
    return typeof paths === 'object' && paths !== null ? Object.keys(paths).filter((name) => NAME.test(name)) : [];
  } catch {
    return []; // a file that cannot be read is told by the command itself
  }
}
