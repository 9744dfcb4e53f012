// SPDX-License-Identifier: GPL-2.0-only
/** The files of the suite in the order in which they run, and which of them run side by side. */
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';

export interface Stage {
  /** Absolute. */
  readonly files: readonly string[];
  /** How many of them run at a time. Of those that wait each counts as half, and one more than this run at most. */
  readonly atOnce: number;
  /** Those that wait. */
  readonly waits: ReadonlySet<string>;
  /** They run on the machine's own kernel and in guests: one that fails beside others is run once more, alone. */
  readonly again: boolean;
}

/** The folder of the compiled tests. */
export const COMPILED = dirname(import.meta.dirname);

/**
 * Labs have namespaces of their own, and wait more than they compute: a ladder's 40 s are 10 of a CPU, a run's 35 are 30.
 * So two CPUs bear two files, and three where nobody else is on the machine; more would starve each other, as all labs
 * measure on the same two.
 */
const BESIDE = 2;
/** After every number that a file names. */
const LAST = 100;

/**
 * What a file asks of its turn, in a line of its own before its imports: `// @alone` for one that holds something to a time,
 * or that says nothing where a guest or its ladder waits for a CPU; `// @first N` for one that the second stage begins
 * with, lowest number first; `// @waits` for one that uses less than half of a CPU, as it waits for rungs and deadlines: it
 * counts as half a file. The default run of the README (1) measures with real-time priority for a minute: beside
 * it runs at first what has no guest (2). Then those that take longest (3): started last, one would run on alone.
 */
export interface Turn {
  readonly alone: boolean;
  /** null: after those that ask. */
  readonly first: number | null;
  readonly waits: boolean;
}

export function turnOf(text: string): Turn {
  const head = text.split(/^import /m, 1)[0] ?? '';
  const first = /^\/\/ @first (\d+)$/m.exec(head)?.[1];
  const has = (tag: string) => new RegExp(`^// @${tag}$`, 'm').test(head);
  return { alone: has('alone'), first: first === undefined ? null : Number(first), waits: has('waits') };
}

/** What is cheap and most often fails comes first. With words, the files alone whose names have one of them. */
export function planStages(words: readonly string[] = []): Stage[] {
  const heavy = filesOf('browser', 'root', 'guest', 'kill', 'nested').map((name) => ({
    name,
    ...turnOf(readFileSync(pathOf(name), 'utf8')),
  }));
  const waits = new Set(heavy.filter((each) => each.waits).map(({ name }) => pathOf(name)));
  const beside = heavy.filter(({ alone }) => !alone);
  const stages = [
    { names: filesOf('unit', 'contract'), atOnce: availableParallelism(), again: false },
    { names: [...beside].sort(byTurn).map(({ name }) => name), atOnce: BESIDE, again: true },
    { names: heavy.filter(({ alone }) => alone).map(({ name }) => name), atOnce: 1, again: true },
  ];
  const chosen = (name: string) => words.length === 0 || words.some((word) => name.includes(word));
  return stages
    .map(({ names, ...turn }) => ({ files: names.filter(chosen).map(pathOf), waits, ...turn }))
    .filter(({ files }) => files.length > 0);
}

/** Whether a file can run beside those that do. */
export function hasRoom({ atOnce, waits }: Stage, running: readonly string[], file: string): boolean {
  if (running.length === 0) return true;
  const taken = [...running, file].reduce((sum, each) => sum + (waits.has(each) ? 0.5 : 1), 0);
  return taken <= atOnce && running.length <= atOnce;
}

function byTurn(a: Turn, b: Turn): number {
  return (a.first ?? LAST) - (b.first ?? LAST);
}

function filesOf(...folders: readonly string[]): string[] {
  return folders.flatMap((folder) =>
    readdirSync(join(COMPILED, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.test.js'))
      .sort()
      .map((name) => `${folder}/${name.slice(0, -'.test.js'.length)}`),
  );
}

function pathOf(name: string): string {
  return join(COMPILED, `${name}.test.js`);
}
