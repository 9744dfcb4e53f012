// SPDX-License-Identifier: GPL-2.0-only
/** Every transaction of a run as CSV, block by block: never more than one block's samples in memory. */
import type { Block } from '../../model/block.ts';
import { HoplabError } from '../../model/errors.ts';
import { SAMPLE_FLAGS, type Samples } from '../../model/samples.ts';
import type { Run } from '../../run-store/read-run.ts';
import { csvLine } from './csv.ts';

/** docs/report.md says what is in each; a flag is 1 or 0. */
export const SAMPLE_COLUMNS = [
  'run',
  'block',
  'part',
  'probe',
  'path',
  'draw',
  'seq',
  'group',
  'sched_ns',
  'late_ns',
  'rtt_ns',
  'kernel_receive_ns',
  'server_ns',
  'warmup',
  'lost',
  'saturated',
  'late',
  'preempted',
  'retransmit',
] as const;

const FLAGS = [
  SAMPLE_FLAGS.warmup,
  SAMPLE_FLAGS.lost,
  SAMPLE_FLAGS.saturated,
  SAMPLE_FLAGS.late,
  SAMPLE_FLAGS.preempted,
  SAMPLE_FLAGS.retransmit,
] as const;

/** Lines a piece: large enough that writing is not the slow part. */
const LINES_A_PIECE = 2000;

/** `onDamage` hears of each block that cannot be read; the others follow. */
export function* renderSamples(runs: readonly Run[], onDamage: (what: string) => void): Generator<string> {
  yield csvLine(SAMPLE_COLUMNS);
  for (const run of runs) {
    for (const block of run.blocks) {
      const samples = readBlock(run, block, onDamage);
      if (samples !== null) yield* blockLines(run.header.id, block, samples);
    }
  }
}

function readBlock(run: Run, block: Block, onDamage: (what: string) => void): Samples | null {
  try {
    return run.samples(block);
  } catch (error) {
    if (!(error instanceof HoplabError)) throw error;
    onDamage(error.message);
    return null;
  }
}

function* blockLines(run: string, { id, part, probe, paths, draw }: Block, samples: Samples): Generator<string> {
  // The same for every line of a path: escaped once.
  const before = paths.map((path) => csvLine([run, id, part, probe, path, draw?.draw]).trimEnd());
  const { length, seq, path, flags, group, schedNs, lateNs, rttNs, kernelReceiveNs, serverNs } = samples;
  let piece = '';
  for (let i = 0; i < length; i++) {
    const flag = flags[i] ?? 0;
    const marks = FLAGS.map((bit) => ((flag & bit) === 0 ? '0' : '1')).join(',');
    const kernel = (flag & SAMPLE_FLAGS.kernelStamp) === 0 ? '' : kernelReceiveNs[i];
    const server = (flag & SAMPLE_FLAGS.serverStamp) === 0 ? '' : serverNs[i];
    piece += `${before[path[i] ?? 0]},${seq[i]},${group[i]},${schedNs[i]},${lateNs[i]},${rttNs[i]},${kernel},${server},${marks}\r\n`;
    if ((i + 1) % LINES_A_PIECE === 0) {
      yield piece;
      piece = '';
    }
  }
  if (piece !== '') yield piece;
}
