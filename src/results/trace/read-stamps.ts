// SPDX-License-Identifier: GPL-2.0-only
/** Reads a traced block whose times are the kernel's stamps of the client's sockets. */

import type { Block } from '../../model/block.ts';
import { errnoOf } from '../../model/errno.ts';
import { HoplabError, reasonOf } from '../../model/errors.ts';
import type { TraceContext, TracedMachineContext } from '../../model/trace-context.ts';
import type { TraceFileState } from '../../model/trace-file.ts';
import type { JoinCounts } from '../../model/trace-timelines.ts';
import { decodeSentStamps } from '../../probes/prober/sent-stamps.ts';
import type { Run } from '../../run-store/read-run.ts';
import { readStampBytes } from '../../run-store/read-trace.ts';
import { STAMP_POINTS, type StampTimelines, stampTimelines } from '../../trace/join/stamp-timelines.ts';
import type { JoinedBlock } from './joined-block.ts';

/** The machine of the client, where the block was stamped and not traced; null = it was traced. */
export function stampedMachine({ machines }: TraceContext): TracedMachineContext | null {
  return machines.find(({ mechanism }) => mechanism === 'timestamping') ?? null;
}

export interface StampedBlock {
  readonly run: Run;
  readonly block: Block;
  readonly context: TraceContext;
  readonly of: TracedMachineContext;
}

/** What is wrong with the block is in what it returns. */
export async function joinStamps({ run, block, context, of }: StampedBlock): Promise<JoinedBlock> {
  try {
    const name = `${block.id}-client.hts`;
    const sent = decodeSentStamps(await readStampBytes(run, block.id), name);
    const samples = run.samples(block);
    if (sent.length !== samples.length)
      throw new HoplabError({
        code: 'TRACE_CORRUPT',
        message: `decode ${name}: stamps of ${sent.length} transactions, and ${samples.length} samples`,
        hint: 'trace this path again',
      });
    const paths = block.paths.map((_, path) => stampTimelines({ ...sent, samples, path, client: of.machine }));
    const state = stateOf(paths, of);
    const joined = {
      paths: paths.map(({ timelines, incomplete }, path) => ({
        ...{ path, timelines, incomplete, cutAtStart: 0, cutAtEnd: 0, retransmitted: 0 },
      })),
      alignments: new Map(),
      counts: { ...NO_COUNTS, records: state.records, joined: state.records },
    };
    return { block, context, files: [{ machine: of.machine, state }], joined, unused: null };
  } catch (error) {
    if (!(error instanceof HoplabError || errnoOf(error) !== null)) throw error;
    return { block, context, files: [], joined: null, unused: reasonOf(error) };
  }
}

const NO_COUNTS: JoinCounts = {
  ...{ records: 0, joined: 0, cutAtStart: 0, cutAtEnd: 0, incomplete: 0, retransmitted: 0 },
  ...{ ackOnlyRecords: 0, laterSegmentRecords: 0, sideRecords: 0, unjoined: [] },
};

function stateOf(paths: readonly StampTimelines[], { points }: TracedMachineContext): TraceFileState {
  const refused = STAMP_POINTS.filter((point) => paths.every(({ stamped }) => stamped[point] === 0)).map((point) => ({
    ...{ point, why: 'SO_TIMESTAMPING: the kernel, or the driver of this path, gave no such stamp' },
  }));
  return {
    header: {
      ...{ clock: 'monotonic', mechanism: 'timestamping', asked: points, refused },
      ...{ namespaces: [], tasks: [], devices: [], ports: [] },
    },
    trailer: { startNs: null, endNs: null, lost: [0], written: [], points: {}, programs: [] },
    records: paths.reduce((sum, { timelines }) => sum + timelines.step.length, 0),
    ...{ damage: null, recordsLost: 0 },
  };
}
