/**
 * Joins the records of host and guest into the timelines of whole transactions. Records are taken file by file, in any
 * order of the files, each only nearly sorted; nothing is searched for: the number in a packet says which transaction it
 * is of, and what has no packet goes to the transaction that is under way, since a prober has one at a time. What is
 * held is 14 bytes an event, in the end the timelines themselves.
 */

import type { ClockAlignment } from '../../model/trace-clock.ts';
import type { JoinCounts, Timelines, TracedMachine, UnjoinedRecords } from '../../model/trace-timelines.ts';
import type { TscSource } from '../clock/tsc-offset.ts';
import type { TakeRecords } from '../records/decode-records.ts';
import { pointName, pointNumber, TRACE_POINTS } from '../records/points.ts';
import { PROTOCOL, RECORD_FLAGS } from '../records/record-layout.ts';
import { assembleTimelines } from './assemble.ts';
import { ACK_STEP, EventStore, type MachineEvents } from './event-store.ts';
import { FlowTable, INNER, LATER_SEGMENT, NOT_OF_THE_PROBE } from './flow-table.ts';
import { type MachineNames, packWhat, SIDES, StepTable } from './step-table.ts';

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

export interface JoinedTrace {
  /** One a path of `ports`, in the order of their indices. */
  readonly paths: readonly JoinedPath[];
  /** null = all records are of one machine. */
  readonly alignment: ClockAlignment | null;
  readonly counts: JoinCounts;
}

const {
  send_enter: SEND,
  waking: WAKING,
  switch_in: SWITCH_IN,
  recv_exit: RECV,
  kick: KICK,
} = numbersOf(['send_enter', 'waking', 'switch_in', 'recv_exit', 'kick']);
/** Beside the way, but what brackets the guest's clock. */
const DRIVER_EXIT = pointNumber('driver_exit');

const TASK = SIDES.indexOf('task');
const REQUEST = SIDES.indexOf('request');
const RESPONSE = SIDES.indexOf('response');

const [VMM_IN, VMM_OUT] = [pointNumber('vmm_in'), pointNumber('vmm_out')];
/** Ethernet, IPv4 and TCP without options. */
const LEAST_HEADERS = 14 + 20 + 20;

/** What becomes of a record by its point alone. */
const CLASS = { unknown: 0, side: 1, packet: 2, task: 3 } as const;
const CLASSES = Uint8Array.from({ length: 0x10000 }, (_, number) => {
  const point = TRACE_POINTS[number - 1];
  if (point === undefined) return CLASS.unknown;
  if (number === DRIVER_EXIT) return CLASS.packet;
  if (point.role === 'side') return CLASS.side;
  return [SEND, WAKING, SWITCH_IN, RECV, KICK].includes(number) ? CLASS.task : CLASS.packet;
});

/** A span that a file of one block cannot have: 12 days. Times beyond it are no times. */
const MOST_SPAN_NS = 1e15;

export class Joiner {
  readonly #options: JoinOptions;
  readonly #flows: FlowTable;
  readonly #steps: StepTable;
  #events: Readonly<Record<TracedMachine, MachineEvents>> = noEvents();
  readonly #unjoined = new Map<string, UnjoinedRecords & { records: number }>();
  #records = 0;
  #side = 0;
  #acks = 0;
  #later = 0;

  constructor(options: JoinOptions) {
    this.#options = options;
    this.#flows = new FlowTable(options);
    this.#steps = new StepTable(options.names);
  }

  /** What a decoder of a file of this machine hands its records to. */
  take(machine: TracedMachine): TakeRecords {
    const events = this.#events[machine];
    const { packets, tasks, openings, sends } = events;
    const flows = this.#flows;
    const steps = this.#steps;
    const at = machine === 'guest' ? 1 : 0;
    const someAlike = (this.#options.legsAlike?.size ?? 0) > 0;
    return (batch, { originNs }) => {
      if (events.originNs !== null && events.originNs !== originNs)
        throw new Error(`two files of one ${machine}: a joiner takes one`);
      events.originNs = originNs;
      const { length, timeNs, point, flags, protocol, source, destination, sourcePort, destinationPort } = batch;
      const { number, netns, ifindex, tid, payload, auxLow, size } = batch;
      this.#records += length;
      for (let i = 0; i < length; i++) {
        const what = point[i] ?? 0;
        const kind = CLASSES[what];
        if (kind === CLASS.side) {
          this.#side++;
          continue;
        }
        const time = timeNs[i] ?? 0;
        if (kind === CLASS.unknown || time > MOST_SPAN_NS || time < -MOST_SPAN_NS) {
          this.#count(machine, what, kind === CLASS.unknown ? 'unknown point' : 'unknown time');
          continue;
        }
        const flag = flags[i] ?? 0;
        const task = tid[i] ?? 0;
        const proto = flag & RECORD_FLAGS.name ? 0 : (protocol[i] ?? 0);
        if (what === DRIVER_EXIT && (proto === 0 || flag & RECORD_FLAGS.noNumber)) {
          this.#side++;
          continue;
        }
        if (proto === 0) {
          if (what === SEND) {
            this.#strand(tasks, sends.get(task));
            sends.set(task, [time, steps.intern(packWhat(what, TASK, machine), 0, task)]);
          } else {
            const of = what === WAKING ? (auxLow[i] ?? 0) : task;
            tasks.push(time, auxLow[i] ?? 0, steps.intern(packWhat(what, TASK, machine), 0, of));
          }
          continue;
        }
        let channel = flows.channelOf(
          proto,
          source[i] ?? 0,
          destination[i] ?? 0,
          sourcePort[i] ?? 0,
          destinationPort[i] ?? 0,
        );
        if (someAlike && proto === PROTOCOL.tcp && flows.isAlike(sourcePort[i] ?? 0, destinationPort[i] ?? 0)) {
          const inner = flows.channelOf(
            proto | INNER,
            source[i] ?? 0,
            destination[i] ?? 0,
            sourcePort[i] ?? 0,
            destinationPort[i] ?? 0,
          );
          if (what === WAKING || what === SWITCH_IN) {
            // What a task is woken for is remembered, and of either: its number tells, once both have been seen.
            channel = flows.nearer([channel, inner], number[i] ?? 0);
            if (channel === null) {
              const of = what === WAKING ? (auxLow[i] ?? 0) : task;
              tasks.push(time, auxLow[i] ?? 0, steps.intern(packWhat(what, TASK, machine), 0, of));
              continue;
            }
          } else if (machine === 'guest' || isFrame(what, size[i] ?? 0, payload[i] ?? 0)) channel = inner;
        }
        if (channel === null) {
          this.#count(machine, what, 'not of the probe');
          continue;
        }
        if (flag & RECORD_FLAGS.ack || (payload[i] === 0 && (flag & RECORD_FLAGS.byState) === 0)) {
          this.#acks++;
          tasks.push(time, 0, ACK_STEP);
          continue;
        }
        const side = kind === CLASS.task ? TASK : channel.response ? RESPONSE : REQUEST;
        const packed = packWhat(what, side, machine);
        const step =
          side === TASK
            ? steps.intern(packed, 0, what === WAKING ? (auxLow[i] ?? 0) : task)
            : steps.intern(packed, netns[i] ?? 0, ifindex[i] ?? 0);
        if (flag & RECORD_FLAGS.noNumber) {
          tasks.push(time, auxLow[i] ?? 0, step);
          continue;
        }
        const slot = flows.slotOf(channel, number[i] ?? 0);
        if (slot < 0) {
          if (slot === LATER_SEGMENT) this.#later++;
          else if (slot === NOT_OF_THE_PROBE) this.#count(machine, what, 'not of the probe');
          continue;
        }
        packets.push(time, slot, step);
        if (what === DRIVER_EXIT) this.#side++;
        if (time < channel.firstNs[at as 0 | 1]) channel.firstNs[at as 0 | 1] = time;
        if (sends.size > 0 && side !== TASK) {
          const send = sends.get(task);
          if (send !== undefined && send[0] <= time) {
            openings.push(send[0], slot, send[1]);
            sends.delete(task);
          }
        }
      }
    };
  }

  /** A send call that no packet followed. */
  #strand(tasks: EventStore, send: readonly [timeNs: number, step: number] | undefined): void {
    if (send !== undefined) tasks.push(send[0], 0, send[1]);
  }

  #count(machine: TracedMachine, point: number, why: UnjoinedRecords['why'], records = 1): void {
    const key = `${machine} ${point} ${why}`;
    const known = this.#unjoined.get(key);
    if (known !== undefined) known.records += records;
    else this.#unjoined.set(key, { machine, point: pointName(point), why, records });
  }

  /** Once, when all files are read; `tsc`: what they say of the machines' counters under KVM. Throws TRACE_IMPOSSIBLE where the clocks cannot be joined. */
  finish(tsc: TscSource | null = null): JoinedTrace {
    const { client, ports } = this.#options;
    const events = this.#events;
    // They are most of the memory, and timelines are made of copies: whoever keeps the joiner keeps none of them.
    this.#events = noEvents();
    for (const { tasks, sends } of Object.values(events)) for (const send of sends.values()) this.#strand(tasks, send);
    const { paths, alignment, left } = assembleTimelines({
      ...{ events, flows: this.#flows, steps: this.#steps.steps, client, tsc },
      paths: [...new Set(ports.values())].sort((a, b) => a - b),
    });
    for (const { machine, point, why, records } of left) this.#count(machine, pointNumber(point), why, records);
    const sum = (of: (path: JoinedPath) => number) => paths.reduce((total, path) => total + of(path), 0);
    return {
      paths,
      alignment,
      counts: {
        records: this.#records,
        joined: sum(({ timelines }) => timelines.step.length),
        cutAtStart: sum(({ cutAtStart }) => cutAtStart),
        cutAtEnd: sum(({ cutAtEnd }) => cutAtEnd),
        incomplete: sum(({ incomplete }) => incomplete),
        retransmitted: sum(({ retransmitted }) => retransmitted),
        ackOnlyRecords: this.#acks,
        laterSegmentRecords: this.#later,
        sideRecords: this.#side,
        unjoined: [...this.#unjoined.values()].sort((a, b) => b.records - a.records),
      },
    };
  }
}

/** Of what the VMM reads and writes: a frame is longer than its payload, and what a socket gives is payload alone. */
function isFrame(point: number, bytes: number, payload: number): boolean {
  return (point === VMM_IN || point === VMM_OUT) && payload < 0xffff && bytes - payload >= LEAST_HEADERS;
}

function noEvents(): Readonly<Record<TracedMachine, MachineEvents>> {
  return { host: emptyEvents(), guest: emptyEvents() };
}

function emptyEvents(): MachineEvents {
  const stores = { packets: new EventStore(), tasks: new EventStore(), openings: new EventStore() };
  return { originNs: null, ...stores, sends: new Map<number, readonly [number, number]>() };
}

function numbersOf<N extends string>(names: readonly N[]): Record<N, number> {
  return Object.fromEntries(names.map((name) => [name, pointNumber(name)])) as Record<N, number>;
}
