/** The files of the suite in the order in which they run, and which of them run side by side. */
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';

export interface Stage {
  /** Absolute. */
  readonly files: readonly string[];
  /** How many of them run at a time. */
  readonly atOnce: number;
}

/** The folder of the compiled tests. */
export const COMPILED = dirname(import.meta.dirname);

/**
 * Labs have namespaces of their own, and wait more than they compute: a ladder's 40 s are 10 of a CPU, a run's 35 are 30.
 * So two CPUs bear two files, and three where nobody else is on the machine; more would starve each other, as all labs
 * measure on the same two.
 */
const BESIDE = 2;

/**
 * The second stage begins with these. The default run of the README measures with real-time priority for two minutes:
 * beside it runs at first what has no guest. Then those that take longest: started last, one would run on alone.
 */
export const FIRST: readonly string[] = [
  'root/docs-commands',
  ...['forward', 'watch', 'stream', 'vlan', 'control', 'checksum', 'refusals'].map((what) => `root/hopbridge-${what}`),
  ...['root/bridge-command', 'root/bench-bridge', 'root/ladder', 'root/ladder-filters'],
  'guest/diagnose-faults',
  'guest/run-ebpf',
  'root/faults-running',
  'guest/run-ovs',
  'guest/diagnose-command',
  'guest/run-labs',
  'kill/interrupt',
  'kill/killed',
  'guest/diagnose-apply',
];

/** Those that hold something to a time, or that say nothing where a guest or its ladder waits for a CPU. */
export const ALONE: readonly string[] = [
  'guest/guest-boot',
  'guest/ladder',
  'guest/run-swaps',
  'guest/trace',
  'root/prober-faults',
  'root/prober-loop',
  'root/prober-netns',
];

/** What is cheap and most often fails comes first. With words, the files alone whose names have one of them. */
export function planStages(words: readonly string[] = []): Stage[] {
  const beside = filesOf('browser', 'root', 'guest', 'kill').filter((name) => !ALONE.includes(name));
  const sorted = [...FIRST, ...beside.filter((name) => !FIRST.includes(name))];
  const stages = [
    { names: filesOf('unit', 'contract'), atOnce: availableParallelism() },
    { names: sorted, atOnce: BESIDE },
    { names: ALONE, atOnce: 1 },
  ];
  const chosen = (name: string) => words.length === 0 || words.some((word) => name.includes(word));
  return stages
    .map(({ names, atOnce }) => ({ files: names.filter(chosen).map(pathOf), atOnce }))
    .filter(({ files }) => files.length > 0);
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
