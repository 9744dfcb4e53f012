// SPDX-License-Identifier: GPL-2.0-only
/**
 * Joins the records of all machines into the timelines of whole transactions. Records are taken file by file, in any
 * order of the files, each only nearly sorted; nothing is searched for: the number in a packet says which transaction it
 * is of, and what has no packet goes to the transaction that is under way, since a prober has one at a time. What is
 * held is 14 bytes an event, in the end the timelines themselves.
 */
import type { TracedMachine } from '../../model/traced-machine.ts';
import type { TscSource } from '../clock/tsc-offset.ts';
import type { TakeRecords } from '../records/decode-records.ts';
import { assembleTimelines } from './assemble.ts';
import { emptyEvents, type MachineEvents } from './event-store.ts';
import { FlowTable } from './flow-table.ts';
import type { JoinedPath, JoinedTrace, JoinOptions } from './joined-trace.ts';
import { RecordSorter, strand } from './record-sorter.ts';
import { NAMELESS, StepTable } from './step-table.ts';
import { Tally } from './tally.ts';

export class Joiner {
  readonly #options: JoinOptions;
  readonly #machines: readonly TracedMachine[];
  readonly #flows: FlowTable;
  readonly #steps: StepTable;
  readonly #tally = new Tally();
  #events: readonly MachineEvents[];

  constructor(options: JoinOptions) {
    const { machines, names } = options;
    this.#options = options;
    this.#machines = machines;
    this.#flows = new FlowTable({ ...options, machines: machines.length });
    this.#steps = new StepTable(machines.map((machine) => ({ machine, names: names[machine] ?? NAMELESS })));
    this.#events = machines.map(emptyEvents);
  }

  /** What a decoder of a file of this machine hands its records to. */
  take(machine: TracedMachine): TakeRecords {
    const at = this.#machines.indexOf(machine);
    const events = this.#events[at];
    if (events === undefined) throw new Error(`a file of ${machine}, and the trace is of ${this.#machines.join(', ')}`);
    const sorter = new RecordSorter({
      ...{ machine, at, events, flows: this.#flows, steps: this.#steps, tally: this.#tally },
      someAlike: (this.#options.legsAlike?.size ?? 0) > 0,
    });
    return (batch, { originNs }) => {
      if (events.originNs !== null && events.originNs !== originNs)
        throw new Error(`two files of one ${machine}: a joiner takes one`);
      events.originNs = originNs;
      sorter.take(batch);
    };
  }

  /**
   * Once, when all files are read; `tsc`: what they say of the counters of guests under KVM, by machine. Throws
   * TRACE_IMPOSSIBLE where the clocks cannot be joined.
   */
  finish(tsc: ReadonlyMap<TracedMachine, TscSource> = new Map()): JoinedTrace {
    const { client, ports } = this.#options;
    const events = this.#events;
    // They are most of the memory, and timelines are made of copies: whoever keeps the joiner keeps none of them.
    this.#events = this.#machines.map(emptyEvents);
    for (const one of events) for (const send of one.sends.values()) strand(one, send);
    const { paths, alignments, left } = assembleTimelines({
      ...{ machines: this.#machines, events, flows: this.#flows, steps: this.#steps.steps, tsc },
      client: this.#machines.indexOf(client),
      paths: [...new Set(ports.values())].sort((a, b) => a - b),
    });
    const tally = this.#tally;
    for (const one of left) tally.count(one);
    const sum = (of: (path: JoinedPath) => number) => paths.reduce((total, path) => total + of(path), 0);
    return {
      paths,
      alignments,
      counts: {
        records: tally.records,
        joined: sum(({ timelines }) => timelines.step.length),
        cutAtStart: sum(({ cutAtStart }) => cutAtStart),
        cutAtEnd: sum(({ cutAtEnd }) => cutAtEnd),
        incomplete: sum(({ incomplete }) => incomplete),
        retransmitted: sum(({ retransmitted }) => retransmitted),
        ackOnlyRecords: tally.acks,
        laterSegmentRecords: tally.later,
        sideRecords: tally.side,
        unjoined: tally.unjoined(),
      },
    };
  }
}
