// SPDX-License-Identifier: GPL-2.0-only
/** A traced block, read and joined. */
import type { Block } from '../../model/block.ts';
import type { TraceContext } from '../../model/trace-context.ts';
import type { TraceFileState } from '../../model/trace-file.ts';
import type { TracedMachine } from '../../model/traced-machine.ts';
import type { JoinedTrace } from '../../trace/join/joined-trace.ts';

export interface MachineFile {
  readonly machine: TracedMachine;
  readonly state: TraceFileState;
}

export interface JoinedBlock {
  readonly block: Block;
  /** null = what the lab knew could not be read. */
  readonly context: TraceContext | null;
  readonly files: readonly MachineFile[];
  /** null = nothing could be joined. */
  readonly joined: JoinedTrace | null;
  /** Why it is in no figure; null = it is. */
  readonly unused: string | null;
}
