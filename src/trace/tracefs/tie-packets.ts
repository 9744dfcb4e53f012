// SPDX-License-Identifier: GPL-2.0-only
/** Ties the events of packets: at devices, in the backlog, at a socket, under XDP. */
import { HOST2 } from '../../model/place.ts';
import { pointNumber } from '../records/points.ts';
import { isBusyWith } from './busy-cpus.ts';
import { withoutEthernet } from './data-packets.ts';
import type { EventColumns } from './event-columns.ts';
import type { EventName } from './event-kinds.ts';
import type { End, Placed } from './lab-view.ts';
import { REQUEST, RESPONSE } from './message-order.ts';
import type { Task, TieContext } from './tie-context.ts';
import { WaitingPackets } from './waiting-packets.ts';

/** The tracepoints of devices, with the point that each stands for. */
export const PACKET_EVENTS: Partial<Record<EventName, { readonly point: string; readonly end: End }>> = {
  'net/net_dev_queue': { point: 'dev_queue', end: 'sends' },
  'net/net_dev_start_xmit': { point: 'dev_xmit', end: 'sends' },
  'net/net_dev_xmit': { point: 'dev_done', end: 'sends' },
  'net/netif_rx': { point: 'netif_rx', end: 'receives' },
  'net/netif_receive_skb': { point: 'netif_receive', end: 'receives' },
  'net/napi_gro_receive_entry': { point: 'gro', end: 'receives' },
};

const NETIF_RX = pointNumber('netif_rx');
const NETIF_RECEIVE = pointNumber('netif_receive');
const DATA_READY = pointNumber('data_ready');
const XDP = { xdp_in: pointNumber('xdp_in'), xdp_out: pointNumber('xdp_out') } as const;

export interface PacketPoint {
  readonly point: number;
  /** Those that are asked for. */
  readonly points: readonly number[];
  readonly end: End;
}

export class PacketTie {
  /** Events of devices of such names that nothing ties to this lab. */
  untied = 0;
  withoutPayload = 0;
  readonly #context: TieContext;
  readonly #waiting = new WaitingPackets();

  constructor(context: TieContext) {
    this.#context = context;
  }

  /** In a guest the driver begins right behind net_dev_start_xmit, and has returned at net_dev_xmit: they enclose the kick. */
  pointsOf(point: string): number[] {
    const { asked, view } = this.#context.options;
    const aliases = () => {
      if (!view.inGuest) return [];
      if (point === 'dev_done') return ['driver_exit'];
      return point === 'dev_xmit' && !asked.has('dev_xmit') ? ['driver_enter'] : [];
    };
    return [point, ...aliases()].filter((name) => asked.has(name)).map(pointNumber);
  }

  onPacket(
    { timeNs, key, x, y, pid, name }: EventColumns,
    i: number,
    cpuNumber: number,
    { point, points, end }: PacketPoint,
  ): void {
    const { options, order, devices, tasks } = this.#context;
    const { view, names, writer } = options;
    const [time, skb, tid] = [timeNs[i] ?? 0, key[i] ?? 0, pid[i] ?? 0];
    const device = names[name[i] ?? -1] ?? '';
    if (device === 'lo') return;
    const task = tasks.get(tid);
    const cpu = this.#context.cpus.at(cpuNumber);
    const waited = point === NETIF_RECEIVE && this.#waiting.take(skb, time);
    const follows = cpu.skb === skb && isBusyWith(cpu, tid, time);
    if (task === undefined && !view.inGuest && !waited && !follows) {
      this.untied++;
      return;
    }
    if (point === NETIF_RX) this.#waiting.add(skb, time);
    const bytes = end === 'sends' ? withoutEthernet(x[i] ?? 0) : (x[i] ?? 0);
    this.#beginByPacket(task, end, bytes);
    const hasPayload = order.isPacket(order.side, bytes);
    const place = devices.find(device, end, order.toHost1());
    cpu.hasPayload = hasPayload;
    cpu.timeNs = time;
    cpu.tid = tid;
    cpu.skb = skb;
    cpu.arrived = hasPayload && end === 'receives';
    if (place !== null) cpu.netns = place.netns;
    this.#context.release(cpu, cpuNumber, hasPayload);
    if (!hasPayload) this.withoutPayload++;
    if (!hasPayload || place === null || order.isBefore) return;
    for (const wanted of points) {
      if (this.#isLater(wanted, place)) continue;
      writer.packet({ timeNs: time, point: wanted, cpu: cpuNumber, tid, aux: y[i] ?? 0 }, order.packetAt(place, bytes));
    }
  }

  onReady({ timeNs, pid }: EventColumns, i: number, cpuNumber: number): void {
    const { options, order, cpus } = this.#context;
    const cpu = cpus.at(cpuNumber);
    const [time, tid] = [timeNs[i] ?? 0, pid[i] ?? 0];
    // One packet makes one socket ready; what comes after it is another's.
    if (!cpu.arrived || !isBusyWith(cpu, tid, time)) return;
    cpu.arrived = false;
    if (order.isBefore || !options.asked.has('data_ready')) return;
    options.writer.packet(
      { timeNs: time, point: DATA_READY, cpu: cpuNumber, tid },
      order.packetAt({ netns: cpu.netns, ifindex: 0 }, order.payloadBytes()),
    );
  }

  onXdp({ timeNs, pid, x, y, z }: EventColumns, i: number, cpuNumber: number, name: 'xdp_in' | 'xdp_out'): void {
    const { options, devices, tasks, cpus } = this.#context;
    if (!options.asked.has(name)) return;
    const place = devices.at(HOST2, x[i] ?? 0);
    const [time, tid] = [timeNs[i] ?? 0, pid[i] ?? 0];
    const cpu = cpus.at(cpuNumber);
    const task = tasks.get(tid);
    if (place === null) return;
    const held = { point: XDP[name], timeNs: time, tid, aux: y[i] ?? 0, auxHigh: z[i] ?? 0, place };
    const call = task?.main === true ? task.call : null;
    // What the VMM writes is known by its length, which its call returns, or the next device sees.
    if (call !== null && this.#context.isSend(call.number) && !call.begun) cpu.held.push(held);
    else if (cpu.hasPayload === true && isBusyWith(cpu, tid, time)) this.#context.writeHeld(held, cpuNumber);
  }

  /** A packet may be the first that is seen of its message on this machine. */
  #beginByPacket(task: Task | undefined, end: End, bytes: number): void {
    const { options, order } = this.#context;
    const call = task?.main === true ? task.call : null;
    if (call !== null && !call.begun && this.#context.isSend(call.number)) {
      const next = order.nextFromGuest();
      if (next !== 0 && order.isPacket(next, bytes)) this.#context.beginFromGuest(next, call, bytes);
      return;
    }
    if (!options.view.inGuest || end !== 'receives') return;
    const next = options.view.clientInGuest ? RESPONSE : REQUEST;
    if (order.side !== next && order.isPacket(next, bytes)) order.begin(next);
  }

  /** Of a message in several packets the first one counts. */
  #isLater(point: number, { netns, ifindex }: Placed): boolean {
    const { order } = this.#context;
    return order.severalPackets && !order.isFirst(`${point} ${netns} ${ifindex}`);
  }
}
