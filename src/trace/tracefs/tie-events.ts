// SPDX-License-Identifier: GPL-2.0-only
/**
 * Says of each tracepoint's event which transaction it is of. A tracepoint has no payload, so that nothing in it names
 * the packet; but a prober has one transaction at a time, and its own record says in which order their paths came. On
 * each machine two things begin a message: the task that sends it, or where it enters the machine; what happens from
 * there to the begin of the next happens to it. Whether an event is of the lab at all is told by the task that ran, or
 * by the address of an sk_buff that such a task put into a backlog; packets without payload by their length.
 */
import { pointNumber } from '../records/points.ts';
import type { EventColumns } from './event-columns.ts';
import { type EventName, kindOf } from './event-kinds.ts';
import { CallTie } from './tie-calls.ts';
import { TieContext, type TieOptions } from './tie-context.ts';
import { PACKET_EVENTS, PacketTie } from './tie-packets.ts';

export interface TieCounts {
  readonly transactions: number;
  /** Events of devices of such names that nothing ties to this lab. */
  readonly untied: number;
  /** Packets without payload. */
  readonly withoutPayload: number;
}

const INTERRUPTS: Partial<Record<EventName, string>> = {
  'irq/irq_handler_entry': 'irq_enter',
  'irq/irq_handler_exit': 'irq_exit',
  'irq/softirq_entry': 'softirq_enter',
  'irq/softirq_exit': 'softirq_exit',
};
const WAKING = pointNumber('waking');
const SWITCH_IN = pointNumber('switch_in');
const SWITCH = pointNumber('switch');
const MOST_TASKS = 4096;

type Handler = (columns: EventColumns, i: number, cpu: number) => void;

export class EventTie {
  readonly #context: TieContext;
  readonly #packets: PacketTie;
  readonly #calls: CallTie;
  readonly #handlers: (Handler | undefined)[] = [];

  constructor(options: TieOptions) {
    this.#context = new TieContext(options);
    this.#packets = new PacketTie(this.#context);
    this.#calls = new CallTie(this.#context);
    this.#handlePackets();
    this.#handleTasks();
  }

  /** Events in the order of their times. */
  take(columns: EventColumns, index: number, cpu: number): void {
    if (this.#context.order.isOver) return;
    this.#handlers[columns.kind[index] ?? 0]?.(columns, index, cpu);
  }

  /** Throws TRACE_IMPOSSIBLE where the tracepoints saw another number of transactions than the prober made. */
  finish(): TieCounts {
    const { options, order } = this.#context;
    options.writer.flush();
    order.checkEnd();
    const { untied, withoutPayload } = this.#packets;
    return { transactions: order.transactions, untied, withoutPayload };
  }

  #on(event: EventName, handler: Handler): void {
    this.#handlers[kindOf(event)] = handler;
  }

  #handlePackets(): void {
    const packets = this.#packets;
    for (const [event, { point, end }] of Object.entries(PACKET_EVENTS)) {
      const at = { point: pointNumber(point), points: packets.pointsOf(point), end };
      this.#on(event as EventName, (columns, i, cpu) => packets.onPacket(columns, i, cpu, at));
    }
    this.#on('sock/sk_data_ready', (columns, i, cpu) => packets.onReady(columns, i, cpu));
    this.#on('xdp/xdp_redirect', (columns, i, cpu) => packets.onXdp(columns, i, cpu, 'xdp_in'));
    this.#on('xdp/xdp_devmap_xmit', (columns, i, cpu) => packets.onXdp(columns, i, cpu, 'xdp_out'));
  }

  #handleTasks(): void {
    const { asked, writer } = this.#context.options;
    const { tasks } = this.#context;
    for (const [event, name] of Object.entries(INTERRUPTS)) {
      if (!asked.has(name)) continue;
      const point = pointNumber(name);
      this.#on(event as EventName, ({ timeNs, pid, x }, i, cpu) =>
        writer.task({ timeNs: timeNs[i] ?? 0, point, cpu, tid: pid[i] ?? 0, aux: x[i] ?? 0 }),
      );
    }
    this.#on('sched/sched_waking', ({ timeNs, pid, x }, i, cpu) => {
      const woken = x[i] ?? 0;
      if (!tasks.has(woken) || !asked.has('waking')) return;
      writer.task({ timeNs: timeNs[i] ?? 0, point: WAKING, cpu, tid: pid[i] ?? 0, aux: woken });
    });
    this.#on('sched/sched_switch', (columns, i, cpu) => this.#onSwitch(columns, i, cpu));
    this.#on('sched/sched_process_fork', ({ x, y }, i) => {
      const parent = tasks.get(x[i] ?? 0);
      if (parent !== undefined && tasks.size < MOST_TASKS) tasks.set(y[i] ?? 0, { ...parent, main: false, call: null });
    });
    this.#on('raw_syscalls/sys_enter', (columns, i, cpu) => this.#calls.onEnter(columns, i, cpu));
    this.#on('raw_syscalls/sys_exit', (columns, i, cpu) => this.#calls.onExit(columns, i, cpu));
  }

  #onSwitch({ timeNs, x, y, z, name }: EventColumns, i: number, cpu: number): void {
    const { asked, writer, names } = this.#context.options;
    const [before, next, time] = [x[i] ?? 0, y[i] ?? 0, timeNs[i] ?? 0];
    if (asked.has('switch_in') && this.#context.tasks.has(next))
      writer.task({ timeNs: time, point: SWITCH_IN, cpu, tid: next, aux: before });
    if (asked.has('switch'))
      writer.named(
        { timeNs: time, point: SWITCH, cpu, tid: next, aux: before, auxHigh: z[i] ?? 0 },
        names[name[i] ?? -1] ?? '',
      );
  }
}
