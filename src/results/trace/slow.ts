// SPDX-License-Identifier: GPL-2.0-only
/** The slowest transactions of a path, whole: the records are read a second time, for these alone. */
import type { SlowTransaction } from '../../model/trace-slow.ts';
import { SlowCollector } from '../../trace/breakdown/slow.ts';
import { namesOf } from './read-block.ts';
import { readMachineRecords } from './read-records.ts';
import { type TraceSource, usedBlocks } from './source.ts';

/** As many as were asked for when the trace was recorded, over all blocks, slowest first; warm-up is left out. */
export async function slowestOf(source: TraceSource, path: string): Promise<SlowTransaction[]> {
  const { run, probe } = source;
  const found: SlowTransaction[] = [];
  let wanted = 0;
  for (const { block, context, joined } of usedBlocks(source, path)) {
    const count = context?.slowest ?? 0;
    const own = joined?.paths.find((each) => each.path === block.paths.indexOf(path));
    if (context === null || joined === null || own === undefined || count === 0) continue;
    wanted = Math.max(wanted, count);
    const names = namesOf(run, context);
    // The slowest of all are mostly cold: as many more are asked for as may be of the warm-up.
    const collector = new SlowCollector(own.timelines, {
      alignments: joined.alignments,
      names,
      count: count + block.warmupPerPath,
    });
    for (const { machine, without } of context.machines) {
      if (without !== null) continue;
      await readMachineRecords({ run, block, probe, context }, machine, collector.take(machine));
    }
    found.push(...collector.finish().filter(({ number }) => number >= block.warmupPerPath));
  }
  return found.sort((a, b) => b.totalNs - a.totalNs).slice(0, wanted);
}
