// SPDX-License-Identifier: GPL-2.0-only
/** What the parts of the tie share: the lab, the tasks of it, the message under way, and where records go. */
import { HOST2 } from '../../model/place.ts';
import { pointNumber } from '../records/points.ts';
import { type BusyCpu, BusyCpus } from './busy-cpus.ts';
import { DeviceTable, type LabView, type Placed, roleOf, type TaskRole } from './lab-view.ts';
import { MessageOrder, type Side } from './message-order.ts';
import type { RecordWriter } from './record-writer.ts';

export interface TieOptions {
  readonly view: LabView;
  /** Points whose records are wanted. */
  readonly asked: ReadonlySet<string>;
  /** Numbers of system calls by name, as that kernel has them. */
  readonly calls: Readonly<Record<string, number>>;
  /** Devices and tasks by the numbers in the column `name`. */
  readonly names: readonly string[];
  readonly writer: RecordWriter;
}

/** A system call that a task is in. */
export interface Call {
  readonly number: number;
  readonly fd: number;
  readonly tid: number;
  readonly timeNs: number;
  readonly cpu: number;
  /** Its message has begun: what it sends was seen before it returned. */
  begun: boolean;
}

export interface Task {
  readonly role: TaskRole;
  /** The VMM's main loop: what it sends comes from the guest. */
  readonly main: boolean;
  call: Call | null;
}

/** A frame or a payload that the VMM read or wrote. */
export interface Moved {
  readonly cpu: number;
  readonly tid: number;
  readonly fd: number;
  readonly bytes: number;
}

const POINTS = { vmm_in: pointNumber('vmm_in'), vmm_out: pointNumber('vmm_out') } as const;
const SENDS = ['write', 'writev', 'sendto', 'sendmsg', 'sendmmsg'];

export class TieContext {
  readonly options: TieOptions;
  readonly order: MessageOrder;
  readonly devices: DeviceTable;
  readonly tasks = new Map<number, Task>();
  readonly cpus = new BusyCpus();
  readonly #sends: ReadonlySet<number>;

  constructor(options: TieOptions) {
    const { view, calls } = options;
    this.options = options;
    this.order = new MessageOrder(view);
    this.devices = new DeviceTable(view);
    this.#sends = new Set(SENDS.map((name) => calls[name] ?? -1));
    for (const { tid, name } of view.tasks)
      this.tasks.set(tid, { role: roleOf(name), main: name === 'vmm', call: null });
  }

  isSend(call: number): boolean {
    return this.#sends.has(call);
  }

  /** The place that the VMM is at. */
  vmmPlace(): Placed {
    return { netns: this.devices.netns(HOST2), ifindex: 0 };
  }

  beginFromGuest(side: Side, call: Call, bytes: number): void {
    call.begun = true;
    this.order.begin(side);
    this.writeMoved('vmm_out', call.timeNs, { cpu: call.cpu, tid: call.tid, fd: call.fd, bytes });
  }

  writeMoved(point: 'vmm_in' | 'vmm_out', timeNs: number, { cpu, tid, fd, bytes }: Moved): void {
    const { asked, writer } = this.options;
    const { order } = this;
    if (!asked.has(point) || order.isBefore) return;
    // Who peeks looks at the same bytes again until they are acknowledged.
    if (!order.isFirst(`${point} ${tid} ${fd}`)) return;
    writer.packet({ timeNs, point: POINTS[point], cpu, tid, aux: fd }, order.packetAt(this.vmmPlace(), bytes));
  }

  /** Writes, or forgets, what a CPU has held back until the frame's length was known. */
  release(cpu: BusyCpu, cpuNumber: number, hasPayload: boolean): void {
    if (cpu.held.length === 0) return;
    if (hasPayload) for (const held of cpu.held) this.writeHeld(held, cpuNumber);
    cpu.held.length = 0;
  }

  writeHeld({ place, ...record }: BusyCpu['held'][number], cpu: number): void {
    const { order } = this;
    if (order.isBefore) return;
    this.options.writer.packet({ ...record, cpu }, order.packetAt(place, order.payloadBytes()));
  }
}
