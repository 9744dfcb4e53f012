// SPDX-License-Identifier: GPL-2.0-only
/** What the join is told of a block, and what it gives. */
import type { ClockAlignment } from '../../model/trace-clock.ts';
import type { JoinCounts, Timelines } from '../../model/trace-timelines.ts';
import type { TracedMachine } from '../../model/traced-machine.ts';
import type { MachineNames } from './step-table.ts';

export interface JoinOptions {
  /** Port -> index of the path whose server, or what stands for it, is reached there. */
  readonly ports: ReadonlyMap<number, number>;
  /** TCP's payload of one request and one response; not looked at for UDP. */
  readonly requestBytes: number;
  readonly responseBytes: number;
  /** Paths that end their connections on the way, and open others with the same addresses and ports. */
  readonly legsAlike?: ReadonlySet<number>;
  /** The machine of the client. */
  readonly client: TracedMachine;
  /** All that may have records; the first one's clock is that of the timelines. */
  readonly machines: readonly TracedMachine[];
  /** Names for what records know by number. */
  readonly names: Readonly<Record<TracedMachine, MachineNames>>;
}

export interface JoinedPath {
  /** As `ports` has it. */
  readonly path: number;
  readonly timelines: Timelines;
  readonly cutAtStart: number;
  readonly cutAtEnd: number;
  readonly incomplete: number;
  readonly retransmitted: number;
}

/** Every other machine's clock beside the first one's; empty = all records are of one machine. */
export type Alignments = ReadonlyMap<TracedMachine, ClockAlignment>;

export interface JoinedTrace {
  /** One a path of `ports`, in the order of their indices. */
  readonly paths: readonly JoinedPath[];
  readonly alignments: Alignments;
  readonly counts: JoinCounts;
}
