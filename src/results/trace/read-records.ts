// SPDX-License-Identifier: GPL-2.0-only
/** Reads what one machine recorded of a block, by whatever mechanism, as the records that a join takes. */

import type { Block } from '../../model/block.ts';
import { towardsGuest } from '../../model/place.ts';
import type { ProbeSpec } from '../../model/probe-spec.ts';
import type { TraceContext } from '../../model/trace-context.ts';
import type { TraceFileState } from '../../model/trace-file.ts';
import { isGuestMachine, type TracedMachine } from '../../model/traced-machine.ts';
import { protocolOf } from '../../probes/index.ts';
import type { Run } from '../../run-store/read-run.ts';
import { readRecordBytes } from '../../run-store/read-trace.ts';
import { readRecords, type TakeRecords } from '../../trace/records/decode-records.ts';
import type { LabView } from '../../trace/tracefs/lab-view.ts';
import { readEvents } from '../../trace/tracefs/read-events.ts';
import { endsInGuest } from './ends-in-guest.ts';

export interface RecordedBlock {
  readonly run: Run;
  readonly block: Block;
  readonly probe: ProbeSpec;
  readonly context: TraceContext;
}

/** Throws the system's error where there is no file, TRACE_CORRUPT and TRACE_IMPOSSIBLE. */
export async function readMachineRecords(
  recorded: RecordedBlock,
  machine: TracedMachine,
  take: TakeRecords,
): Promise<TraceFileState> {
  const { run, block, context } = recorded;
  const bytes = readRecordBytes(run, block.id, machine);
  const name = `${block.id}-${machine}.htr`;
  const found = context.machines.find((each) => each.machine === machine);
  if (found?.mechanism !== 'tracefs') return readRecords(bytes, name, take);
  return readEvents(bytes, name, { view: viewOf(recorded, found), take });
}

function viewOf(
  { run, block, probe }: RecordedBlock,
  { machine, tasks, namespaces, devices }: TraceContext['machines'][number],
): LabView {
  const { path, length } = run.samples(block);
  const guest = block.paths.some((name) => endsInGuest(run.plan, name));
  return {
    ...{ machine, tasks, namespaces, devices },
    inGuest: isGuestMachine(machine),
    clientInGuest: guest && !towardsGuest(probe.direction),
    serverInGuest: guest && towardsGuest(probe.direction),
    requestToHost1: !towardsGuest(probe.direction),
    protocol: protocolOf(probe.protocol).transport,
    keepsSockets: protocolOf(probe.protocol).keepsSocket,
    requestBytes: probe.requestBytes,
    responseBytes: probe.responseBytes,
    sequence: path.subarray(0, length),
    ports: block.paths.map((name) => run.plan?.paths.find((each) => each.name === name)?.port ?? 0),
  };
}
