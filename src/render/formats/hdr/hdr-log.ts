// SPDX-License-Identifier: GPL-2.0-only
/** A run as a HdrHistogram log: an interval a block, a tag a path, values in ns. Other tools plot and merge it. */
import type { Block } from '../../../model/block.ts';
import { HoplabError } from '../../../model/errors.ts';
import { SAMPLE_FLAGS, type Samples } from '../../../model/samples.ts';
import { measureOf } from '../../../results/run/known-probes.ts';
import type { Run } from '../../../run-store/read-run.ts';
import { plainText } from '../../../words/plain-text.ts';
import { HdrHistogram } from './hdr-histogram.ts';

const LEFT_OUT = SAMPLE_FLAGS.warmup | SAMPLE_FLAGS.lost | SAMPLE_FLAGS.saturated;

/**
 * Format version 1.3 of HistogramLogWriter, in pieces of a line each; of the overview, whose blocks are what the table is
 * made of. Several runs are told apart by a tag that begins with the run's id. `onDamage` hears of each block that cannot be
 * read.
 */
export function* renderHdrLog(runs: readonly Run[], onDamage: (what: string) => void): Generator<string> {
  const starts = runs.flatMap(({ blocks }) =>
    blocks.map(({ startedAt }) => Date.parse(startedAt)).filter(Number.isFinite),
  );
  const startMs = starts.reduce((least, ms) => Math.min(least, ms), starts[0] ?? 0);
  yield '#[Histogram log format version 1.3]\n';
  yield `#[StartTime: ${(startMs / 1000).toFixed(3)} (seconds since epoch), ${new Date(startMs).toUTCString()}]\n`;
  yield `#[BaseTime: ${(startMs / 1000).toFixed(3)} (seconds since epoch)]\n`;
  for (const { header } of runs) yield `#[hoplab run ${plainText(header.id)}: round trips in ns; Interval_Max in ms]\n`;
  yield '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"\n';
  for (const run of runs) {
    for (const block of run.blocks) {
      // A rate has no time to be put into a histogram of round trips.
      if (block.part === 'overview' && (measureOf(run, block.probe)?.unit ?? 'ns') === 'ns')
        yield* blockLines(run, block, { startMs, prefix: runs.length > 1 ? `${run.header.id}/` : '', onDamage });
    }
  }
}

interface LineContext {
  readonly startMs: number;
  readonly prefix: string;
  readonly onDamage: (what: string) => void;
}

function* blockLines(run: Run, block: Block, { startMs, prefix, onDamage }: LineContext): Generator<string> {
  let samples: Samples;
  try {
    samples = run.samples(block);
  } catch (error) {
    if (!(error instanceof HoplabError)) throw error;
    return onDamage(error.message);
  }
  const at = Math.max(0, (Date.parse(block.startedAt) - startMs) / 1000) || 0;
  const seconds = Math.max(0.001, block.counts.wallNs / 1e9);
  const found = block.paths.map(() => ({ histogram: new HdrHistogram(), n: 0, lost: 0 }));
  for (let i = 0; i < samples.length; i++) {
    const flags = samples.flags[i] ?? 0;
    const path = found[samples.path[i] ?? 0];
    if (path === undefined) continue;
    if ((flags & (SAMPLE_FLAGS.lost | SAMPLE_FLAGS.warmup)) === SAMPLE_FLAGS.lost) path.lost += 1;
    if ((flags & LEFT_OUT) !== 0) continue;
    path.histogram.record(samples.rttNs[i] ?? 0);
    path.n += 1;
  }
  for (const [index, { histogram, n, lost }] of found.entries()) {
    const tag = tagOf(`${prefix}${block.probe}/${block.paths[index] ?? ''}`);
    if (lost > 0) yield `#[${tag}: ${lost} lost, in no histogram]\n`;
    if (n === 0) continue;
    yield `Tag=${tag},${at.toFixed(3)},${seconds.toFixed(3)},${(histogram.max / 1e6).toFixed(3)},${histogram.encode()}\n`;
  }
}

/** The format has no escapes: a tag ends at a comma, and a line at its end. */
function tagOf(name: string): string {
  return name.replace(/[^A-Za-z0-9._/-]/g, '_');
}
