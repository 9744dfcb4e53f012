// SPDX-License-Identifier: GPL-2.0-only
/** Says of each record of one machine what it is: beside the way, an event without a packet, or one of a known packet. */
import type { UnjoinedRecords } from '../../model/trace-timelines.ts';
import { isGuestMachine, type TracedMachine } from '../../model/traced-machine.ts';
import { pointName, pointNumber, TRACE_POINTS } from '../records/points.ts';
import type { RecordBatch } from '../records/record-batch.ts';
import { PROTOCOL, RECORD_FLAGS } from '../records/record-layout.ts';
import { ACK_STEP, type MachineEvents } from './event-store.ts';
import { type Channel, type FlowTable, INNER, LATER_SEGMENT, NOT_OF_THE_PROBE } from './flow-table.ts';
import { packWhat, SIDES, type StepTable } from './step-table.ts';
import type { Tally } from './tally.ts';

const SEND = pointNumber('send_enter');
const WAKING = pointNumber('waking');
const SWITCH_IN = pointNumber('switch_in');
const RECV = pointNumber('recv_exit');
const KICK = pointNumber('kick');
/** No step of a timeline, but needed to bracket a guest's clock. */
const DRIVER_EXIT = pointNumber('driver_exit');
const [VMM_IN, VMM_OUT] = [pointNumber('vmm_in'), pointNumber('vmm_out')];

const TASK = SIDES.indexOf('task');
const REQUEST = SIDES.indexOf('request');
const RESPONSE = SIDES.indexOf('response');

/** Ethernet, IPv4 and TCP without options. */
const LEAST_HEADERS = 14 + 20 + 20;
/** A span that a file of one block cannot have: 12 days. Times beyond it are no times. */
const MOST_SPAN_NS = 1e15;

/** What becomes of a record by its point alone. */
const CLASS = { unknown: 0, side: 1, packet: 2, task: 3 } as const;
const CLASSES = Uint8Array.from({ length: 0x10000 }, (_, number) => {
  const point = TRACE_POINTS[number - 1];
  if (point === undefined) return CLASS.unknown;
  if (number === DRIVER_EXIT) return CLASS.packet;
  if (point.role === 'side') return CLASS.side;
  return [SEND, WAKING, SWITCH_IN, RECV, KICK].includes(number) ? CLASS.task : CLASS.packet;
});

export interface SorterParts {
  readonly machine: TracedMachine;
  /** The machine's number among those of the trace; 0 = the one in the middle, which runs the VMM. */
  readonly at: number;
  readonly events: MachineEvents;
  readonly flows: FlowTable;
  readonly steps: StepTable;
  readonly tally: Tally;
  /** Whether some paths have two connections that look the same. */
  readonly someAlike: boolean;
}

export class RecordSorter {
  readonly #parts: SorterParts;

  constructor(parts: SorterParts) {
    this.#parts = parts;
  }

  take(batch: RecordBatch): void {
    const { tally } = this.#parts;
    const { length, timeNs, point, flags, protocol } = batch;
    tally.records += length;
    for (let i = 0; i < length; i++) {
      const what = point[i] ?? 0;
      const kind = CLASSES[what];
      if (kind === CLASS.side) {
        tally.side++;
        continue;
      }
      const time = timeNs[i] ?? 0;
      if (kind === CLASS.unknown || time > MOST_SPAN_NS || time < -MOST_SPAN_NS) {
        this.#miss(what, kind === CLASS.unknown ? 'unknown point' : 'unknown time');
        continue;
      }
      const flag = flags[i] ?? 0;
      const proto = flag & RECORD_FLAGS.name ? 0 : (protocol[i] ?? 0);
      if (what === DRIVER_EXIT && (proto === 0 || flag & RECORD_FLAGS.noNumber)) tally.side++;
      else if (proto === 0) this.#takeTask(batch, i, what);
      else this.#takePacket(batch, i, proto, kind === CLASS.task);
    }
  }

  /** A send call waits for the packet that follows it; whatever else has no packet waits for its transaction. */
  #takeTask({ timeNs, tid, auxLow }: RecordBatch, i: number, what: number): void {
    const { at, events, steps } = this.#parts;
    const [time, task] = [timeNs[i] ?? 0, tid[i] ?? 0];
    if (what !== SEND) {
      const of = what === WAKING ? (auxLow[i] ?? 0) : task;
      events.tasks.push(time, auxLow[i] ?? 0, steps.intern(packWhat(what, TASK, at), 0, of));
      return;
    }
    strand(events, events.sends.get(task));
    events.sends.set(task, [time, steps.intern(packWhat(what, TASK, at), 0, task)]);
  }

  #takePacket(batch: RecordBatch, i: number, proto: number, isTask: boolean): void {
    const { at, events, flows, steps, tally } = this.#parts;
    const { timeNs, point, flags, tid, auxLow, payload, number, netns, ifindex } = batch;
    const [time, what, flag] = [timeNs[i] ?? 0, point[i] ?? 0, flags[i] ?? 0];
    const channel = this.#channelOf(batch, i, proto);
    if (channel === UNDECIDED) {
      this.#takeTask(batch, i, what);
      return;
    }
    if (channel === null) {
      this.#miss(what, 'not of the probe');
      return;
    }
    if (flag & RECORD_FLAGS.ack || (payload[i] === 0 && (flag & RECORD_FLAGS.byState) === 0)) {
      tally.acks++;
      events.tasks.push(time, 0, ACK_STEP);
      return;
    }
    const side = isTask ? TASK : channel.response ? RESPONSE : REQUEST;
    const packed = packWhat(what, side, at);
    const step =
      side === TASK
        ? steps.intern(packed, 0, what === WAKING ? (auxLow[i] ?? 0) : (tid[i] ?? 0))
        : steps.intern(packed, netns[i] ?? 0, ifindex[i] ?? 0);
    if (flag & RECORD_FLAGS.noNumber) {
      events.tasks.push(time, auxLow[i] ?? 0, step);
      return;
    }
    const slot = flows.slotOf(channel, number[i] ?? 0);
    if (slot < 0) {
      if (slot === LATER_SEGMENT) tally.later++;
      else if (slot === NOT_OF_THE_PROBE) this.#miss(what, 'not of the probe');
      return;
    }
    events.packets.push(time, slot, step);
    if (what === DRIVER_EXIT) tally.side++;
    if (time < (channel.firstNs[at] ?? 0)) channel.firstNs[at] = time;
    if (side !== TASK) this.#open(tid[i] ?? 0, time, slot);
  }

  /** The packet is the first one of a send call of its task. */
  #open(task: number, time: number, slot: number): void {
    const { sends, openings } = this.#parts.events;
    if (sends.size === 0) return;
    const send = sends.get(task);
    if (send === undefined || send[0] > time) return;
    openings.push(send[0], slot, send[1]);
    sends.delete(task);
  }

  /** The direction of a connection that a packet is of; null = not of the probe. */
  #channelOf(batch: RecordBatch, i: number, proto: number): Channel | null | typeof UNDECIDED {
    const { machine, flows, someAlike } = this.#parts;
    const { point, number, size, payload } = batch;
    const channel = this.#find(batch, i, proto);
    if (!someAlike || proto !== PROTOCOL.tcp) return channel;
    if (!flows.isAlike(batch.sourcePort[i] ?? 0, batch.destinationPort[i] ?? 0)) return channel;
    const inner = this.#find(batch, i, proto | INNER);
    const what = point[i] ?? 0;
    // A task wakes for a packet of either connection: the number tells which, once both have been seen.
    if (what === WAKING || what === SWITCH_IN) return flows.nearer([channel, inner], number[i] ?? 0) ?? UNDECIDED;
    return isGuestMachine(machine) || isFrame(what, size[i] ?? 0, payload[i] ?? 0) ? inner : channel;
  }

  #find({ source, destination, sourcePort, destinationPort }: RecordBatch, i: number, proto: number): Channel | null {
    const { flows } = this.#parts;
    const [from, to] = [sourcePort[i] ?? 0, destinationPort[i] ?? 0];
    return flows.channelOf(proto, source[i] ?? 0, destination[i] ?? 0, from, to);
  }

  #miss(point: number, why: UnjoinedRecords['why']): void {
    this.#parts.tally.miss(this.#parts.machine, pointName(point), why);
  }
}

/** Of either of two connections that look the same. */
const UNDECIDED = 'undecided';

/** A send call that no packet followed. */
export function strand({ tasks }: MachineEvents, send: readonly [timeNs: number, step: number] | undefined): void {
  if (send !== undefined) tasks.push(send[0], 0, send[1]);
}

/** Whether the VMM read or wrote a frame, which is longer than its payload; a socket has the payload alone. */
function isFrame(point: number, bytes: number, payload: number): boolean {
  return (point === VMM_IN || point === VMM_OUT) && payload < 0xffff && bytes - payload >= LEAST_HEADERS;
}
