// SPDX-License-Identifier: GPL-2.0-only
/** Reads a run's samples once, and keeps of every path in every block what comparisons are made of. */
import type { Block } from '../model/block.ts';
import type { StatisticName } from '../model/compare.ts';
import { HoplabError } from '../model/errors.ts';
import type { Measure, Observations } from '../model/measure.ts';
import type { ProbeSpec } from '../model/probe-spec.ts';
import { SAMPLE_FLAGS, type Samples } from '../model/samples.ts';
import { checkSamples } from '../probes/prober/check-samples.ts';
import { knownProbes, measureOf } from '../results/run/known-probes.ts';
import { type NamedPath, namedPaths } from '../results/run/named-paths.ts';
import { samplesFile } from '../run-store/layout.ts';
import type { Run } from '../run-store/read-run.ts';
import { groupPath, type PathGroups } from '../stats/groups.ts';
import { mean } from '../stats/moments.ts';
import { quantile } from '../stats/quantile.ts';
import { type Sorted, sortedCopy } from '../stats/sorted.ts';
import { pick, type SampleCounts, selectUsable } from '../stats/usable.ts';

/** One path in one block. */
export interface PathLevel {
  readonly counts: SampleCounts;
  readonly warmup: number;
  /** Usable transactions in groups that are not complete enough. */
  readonly outsideGroups: number;
  readonly groups: PathGroups;
  /** Usable figures, ascending, in the measure's unit. */
  readonly sorted: Sorted;
  /** ln of each statistic that the block has enough transactions for. */
  readonly logs: Readonly<Partial<Record<StatisticName, number>>>;
}

/** One block, read. */
export interface MeasuredBlock {
  readonly block: Block;
  /** How many overview blocks with the same paths and probe came before it: `host` and the guest take turns. */
  readonly round: number;
  readonly paths: ReadonlyMap<string, PathLevel>;
}

/** A run with the levels of all its paths. */
export interface MeasuredRun {
  readonly run: Run;
  readonly paths: readonly NamedPath[];
  readonly probes: readonly ProbeSpec[];
  readonly blocks: readonly MeasuredBlock[];
  /** Blocks that could not be read or contradict themselves, with why. */
  readonly leftOut: readonly { readonly block: Block; readonly error: HoplabError }[];
}

/** A tail of fewer than ten transactions is their story: p99 needs 1,000, p99.9 10,000. */
const LEAST_BEYOND = 10;

const PROBABILITIES = { p50: 0.5, p90: 0.9, p99: 0.99, 'p99.9': 0.999 } as const satisfies Partial<
  Record<StatisticName, number>
>;

/** Whether so many transactions can have a statistic at all. */
function isEnough(n: number, statistic: StatisticName): boolean {
  if (statistic === 'mean') return n > 0;
  const beyond = 1 - PROBABILITIES[statistic];
  return Math.round(n * beyond * 1e6) / 1e6 >= (statistic === 'p50' ? 1 : LEAST_BEYOND);
}

/** ln of the statistic of sorted figures; null where they are too few. */
export function logOf(sorted: Sorted, statistic: StatisticName): number | null {
  if (!isEnough(sorted.length, statistic)) return null;
  return Math.log(statistic === 'mean' ? mean(sorted) : quantile(sorted, PROBABILITIES[statistic]));
}

/** Reads one block after the other; `only` leaves out blocks that have none of these paths. */
export function measureRun(
  run: Run,
  statistics: readonly StatisticName[],
  only: ReadonlySet<string> | null = null,
): MeasuredRun {
  const probes = new Map(knownProbes(run).map((probe) => [probe.name, probe]));
  const blocks: MeasuredBlock[] = [];
  const leftOut: { block: Block; error: HoplabError }[] = [];
  const rounds = new Map<string, number>();
  for (const block of run.blocks) {
    if (block.trace?.traced === true || !probes.has(block.probe)) continue;
    if (only !== null && !block.paths.some((path) => only.has(path))) continue;
    const measure = measureOf(run, block.probe);
    if (measure === null) continue;
    const key = JSON.stringify([block.part, block.probe, block.paths]);
    const round = rounds.get(key) ?? 0;
    rounds.set(key, round + 1);
    try {
      blocks.push({
        block,
        round,
        paths: measureBlock(run.samples(block), { block, statistics, measure }),
      });
    } catch (error) {
      if (!(error instanceof HoplabError)) throw error;
      leftOut.push({ block, error });
    }
  }
  return { run, paths: namedPaths(run), probes: [...probes.values()], blocks, leftOut };
}

interface BlockInput {
  readonly block: Block;
  readonly statistics: readonly StatisticName[];
  readonly measure: Measure;
}

function measureBlock(samples: Samples, { block, statistics, measure }: BlockInput): ReadonlyMap<string, PathLevel> {
  checkSamples(samples, { name: samplesFile(block.id), groupSize: block.groupSize });
  const observed = measure.observe(samples);
  return new Map(
    block.paths.flatMap((name, index): [string, PathLevel][] => {
      const level = measurePath(observed, index, block.groupSize, statistics);
      return level === null ? [] : [[name, level]];
    }),
  );
}

/** null: no transaction of this path came back. */
function measurePath(
  observed: Observations,
  index: number,
  groupSize: number,
  statistics: readonly StatisticName[],
): PathLevel | null {
  const { counts, indices } = selectUsable(observed, index);
  if (counts.sent === 0) return null;
  const sorted = sortedCopy(pick(observed.value, indices));
  const groups = groupPath(observed, index, groupSize);
  const kept = new Set(groups.numbers);
  let outsideGroups = 0;
  for (let i = 0; i < indices.length; i++) {
    if (!kept.has(observed.group[indices[i] ?? 0] ?? 0)) outsideGroups += 1;
  }
  const logs: Partial<Record<StatisticName, number>> = {};
  for (const statistic of statistics) {
    const log = logOf(sorted, statistic);
    if (log !== null) logs[statistic] = log;
  }
  return { counts, warmup: warmupOf(observed, index), outsideGroups, groups, sorted, logs };
}

function warmupOf({ length, path, flags }: Observations, index: number): number {
  let warmup = 0;
  for (let i = 0; i < length; i++) {
    if (path[i] === index && ((flags[i] ?? 0) & SAMPLE_FLAGS.warmup) !== 0) warmup += 1;
  }
  return warmup;
}
