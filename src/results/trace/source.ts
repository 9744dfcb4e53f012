// SPDX-License-Identifier: GPL-2.0-only
/** All that a run folder has of a trace, joined once: tables, differences and exports are made of it. */

import { HoplabError } from '../../model/errors.ts';
import { towardsGuest } from '../../model/place.ts';
import type { ProbeSpec } from '../../model/probe-spec.ts';
import type { Samples } from '../../model/samples.ts';
import type { Timelines } from '../../model/trace-timelines.ts';
import type { Run } from '../../run-store/read-run.ts';
import { joinSlices, slicePath } from '../run/path-samples.ts';
import type { JoinedBlock } from './joined-block.ts';
import { type BlockTimelines, poolTimelines } from './pool.ts';
import { joinBlock } from './read-block.ts';

export interface TraceSource {
  readonly run: Run;
  readonly probe: ProbeSpec;
  /** Side of the packets that the guest receives. */
  readonly towardsGuest: 'request' | 'response';
  /** Traced blocks in the order in which they were run. */
  readonly blocks: readonly JoinedBlock[];
  /** All paths that have a block, in the order of the plan. */
  readonly names: readonly string[];
}

/** Throws NO_DATA where there is no traced block, and RUN_DAMAGED where the probe is not known. */
export async function readTraceSource(run: Run): Promise<TraceSource> {
  const probe = probeOf(run);
  const traced = run.blocks.filter(({ trace }) => trace?.traced === true);
  if (traced.length === 0 && run.failed.length === 0) throw noDataError(run);
  const blocks: JoinedBlock[] = [];
  for (const block of traced) blocks.push(await joinBlock(run, block, probe));
  const order = (run.plan?.paths ?? []).map(({ name }) => name);
  const names = [...new Set(run.blocks.flatMap(({ paths }) => paths))];
  names.sort((a, b) => order.indexOf(a) - order.indexOf(b));
  return { run, probe, towardsGuest: towardsGuest(probe.direction) ? 'request' : 'response', blocks, names };
}

/** The blocks of a path that figures are made of. */
export function usedBlocks({ blocks }: Pick<TraceSource, 'blocks'>, path: string): JoinedBlock[] {
  return blocks.filter(({ block, unused }) => unused === null && block.paths.includes(path));
}

export interface PooledPath {
  /** Of the measured transactions; warm-up is left out. */
  readonly timelines: Timelines;
  /** The prober's, of this path alone under path index 0, in the order of the timelines' numbers. */
  readonly samples: Samples;
}

/** One path over some of its blocks, as if they were one: their transactions differ in nothing but their plugging. */
export function poolPath(
  { run, towardsGuest }: Pick<TraceSource, 'run' | 'towardsGuest'>,
  path: string,
  blocks: readonly JoinedBlock[],
): PooledPath {
  const slices = blocks.map(({ block }) =>
    slicePath(run.samples(block), block.paths.indexOf(path), block.counts.wallNs),
  );
  const parts: BlockTimelines[] = [];
  let firstNumber = 0;
  for (const [index, { block, joined }] of blocks.entries()) {
    const found = joined?.paths.find((each) => each.path === block.paths.indexOf(path));
    if (found !== undefined) parts.push({ timelines: found.timelines, warmup: block.warmupPerPath, firstNumber });
    firstNumber += slices[index]?.samples.length ?? 0;
  }
  return { timelines: poolTimelines(parts, towardsGuest), samples: joinSlices(slices).samples };
}

function probeOf(run: Run): ProbeSpec {
  const probe = run.plan?.blocks.find(({ trace }) => trace !== undefined)?.probe ?? run.spec?.probes[0];
  if (probe !== undefined) return probe;
  throw new HoplabError({
    code: 'RUN_DAMAGED',
    message: `read the trace ${run.header.id}: neither plan.json nor spec.json says what its probe was`,
    hint: 'copy the run folder again from where it was recorded',
  });
}

function noDataError(run: Run): HoplabError {
  const damage = run.damage.length === 0 ? '' : `; ${run.damage.slice(0, 3).join('; ')}`;
  return new HoplabError({
    code: 'NO_DATA',
    message: `read the trace ${run.header.id}: it has no traced block${damage}`,
    hint: `look into ${run.path}/logs, then hoplab trace again`,
  });
}
