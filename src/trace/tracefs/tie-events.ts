/**
 * Says of each tracepoint's event which transaction it is of. A tracepoint has no payload, so that nothing in it names
 * the packet; but a prober has one transaction at a time, and its own record says in which order their paths came. On
 * each machine two things begin a message: the task that sends it, or where it enters the machine; what happens from
 * there to the begin of the next happens to it. Whether an event is of the lab at all is told by the task that ran, or
 * by the address of an sk_buff that such a task put into a backlog; packets without payload by their length.
 */

import { HoplabError } from '../../model/errors.ts';
import { HOST2 } from '../../model/place.ts';
import { pointNumber } from '../records/points.ts';
import { type DataLengths, dataLengths, withoutEthernet } from './data-packets.ts';
import type { EventColumns } from './event-columns.ts';
import { type EventName, kindOf } from './event-kinds.ts';
import { DeviceTable, type End, type LabView, type Placed, roleOf, type TaskRole } from './lab-view.ts';
import type { RecordWriter } from './record-writer.ts';
import { WaitingPackets } from './waiting-packets.ts';

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

export interface TieCounts {
  readonly transactions: number;
  /** Events of devices of such names that nothing ties to this lab. */
  readonly untied: number;
  /** Packets without payload. */
  readonly withoutPayload: number;
}

const REQUEST = 1;
const RESPONSE = 2;
/** A packet is no longer what a CPU is busy with after so long. */
const BUSY_NS = 1_000_000;

interface Call {
  readonly number: number;
  readonly fd: number;
  readonly tid: number;
  readonly timeNs: number;
  readonly cpu: number;
  /** Its message has begun: what it sends was seen before it returned. */
  begun: boolean;
}

interface Task {
  readonly role: TaskRole;
  /** The VMM's main loop: what it sends comes from the guest. */
  readonly main: boolean;
  call: Call | null;
}

/** An event of XDP, whose frame's length is not known yet. */
interface Held {
  readonly point: number;
  readonly timeNs: number;
  readonly tid: number;
  readonly aux: number;
  readonly auxHigh: number;
  readonly place: Placed;
}

interface Cpu {
  /** Whether the packet of the last event here has payload; null = not known. */
  hasPayload: boolean | null;
  timeNs: number;
  /** The task that it interrupted, or whose call it was: what follows from it runs in the same one. */
  tid: number;
  skb: number;
  /** It came in, and has made no socket ready yet. */
  arrived: boolean;
  netns: number;
  readonly held: Held[];
}

const PACKETS: Partial<Record<EventName, { readonly point: string; readonly end: End }>> = {
  'net/net_dev_queue': { point: 'dev_queue', end: 'sends' },
  'net/net_dev_start_xmit': { point: 'dev_xmit', end: 'sends' },
  'net/net_dev_xmit': { point: 'dev_done', end: 'sends' },
  'net/netif_rx': { point: 'netif_rx', end: 'receives' },
  'net/netif_receive_skb': { point: 'netif_receive', end: 'receives' },
  'net/napi_gro_receive_entry': { point: 'gro', end: 'receives' },
};
const INTERRUPTS: Partial<Record<EventName, string>> = {
  'irq/irq_handler_entry': 'irq_enter',
  'irq/irq_handler_exit': 'irq_exit',
  'irq/softirq_entry': 'softirq_enter',
  'irq/softirq_exit': 'softirq_exit',
};
const SENDS = ['write', 'writev', 'sendto', 'sendmsg', 'sendmmsg'];
const RECEIVES = ['read', 'readv', 'recvfrom', 'recvmsg', 'recvmmsg'];
const BY_SOCKET = ['sendto', 'sendmsg', 'sendmmsg', 'recvfrom', 'recvmsg', 'recvmmsg'];
/** An eventfd takes 8 bytes. */
const KICK_BYTES = 8;
const MOST_TASKS = 4096;

type Handler = (columns: EventColumns, i: number, cpu: number) => void;

export class EventTie {
  readonly #options: TieOptions;
  readonly #handlers: (Handler | undefined)[] = [];
  readonly #lengths: readonly [DataLengths, DataLengths, DataLengths];
  readonly #devices: DeviceTable;
  readonly #tasks = new Map<number, Task>();
  readonly #cpus: Cpu[] = [];
  readonly #waiting = new WaitingPackets();
  readonly #numbers: Uint32Array;
  readonly #sends: ReadonlySet<number>;
  readonly #receives: ReadonlySet<number>;
  readonly #bySocket: ReadonlySet<number>;
  /** Path of the file descriptors of client and server: a proof that the order is right. */
  readonly #pathOf = new Map<string, number>();
  /** Steps of the message under way that come once, whatever is seen again. */
  readonly #had = new Set<string>();
  #transaction = -1;
  #isOver = false;
  #side = 0;
  #untied = 0;
  #withoutPayload = 0;

  constructor(options: TieOptions) {
    this.#options = options;
    const { view, calls } = options;
    const request = dataLengths(view.protocol, view.requestBytes);
    this.#lengths = [request, request, dataLengths(view.protocol, view.responseBytes)];
    this.#devices = new DeviceTable(view);
    this.#numbers = numberByPath(view.sequence);
    const numbersOf = (names: readonly string[]) => new Set(names.map((name) => calls[name] ?? -1));
    this.#sends = numbersOf(SENDS);
    this.#receives = numbersOf(RECEIVES);
    this.#bySocket = numbersOf(BY_SOCKET);
    for (const { tid, name } of view.tasks)
      this.#tasks.set(tid, { role: roleOf(name), main: name === 'vmm', call: null });
    this.#defineHandlers();
  }

  /** Events in the order of their times. */
  take(columns: EventColumns, index: number, cpu: number): void {
    if (this.#isOver) return;
    this.#handlers[columns.kind[index] ?? 0]?.(columns, index, cpu);
  }

  /** Throws TRACE_IMPOSSIBLE where the tracepoints saw another number of transactions than the prober made. */
  finish(): TieCounts {
    const { view, writer } = this.#options;
    writer.flush();
    const transactions = this.#transaction + 1;
    if (transactions !== view.sequence.length)
      throw impossible(
        view,
        `its tracepoints show ${transactions} requests, and the prober sent ${view.sequence.length}`,
      );
    return { transactions, untied: this.#untied, withoutPayload: this.#withoutPayload };
  }

  #defineHandlers(): void {
    const { asked, writer, names } = this.#options;
    const on = (event: EventName, handler: Handler) => {
      this.#handlers[kindOf(event)] = handler;
    };
    for (const [event, { point, end }] of Object.entries(PACKETS)) {
      const points = [point, ...this.#aliasesOf(point)].filter((name) => asked.has(name)).map(pointNumber);
      on(event as EventName, (columns, i, cpu) =>
        this.#onPacket(columns, i, cpu, { point: pointNumber(point), points, end }),
      );
    }
    for (const [event, point] of Object.entries(INTERRUPTS)) {
      if (!asked.has(point)) continue;
      const number = pointNumber(point);
      on(event as EventName, ({ timeNs, pid, x }, i, cpu) =>
        writer.task({ timeNs: timeNs[i] ?? 0, point: number, cpu, tid: pid[i] ?? 0, aux: x[i] ?? 0 }),
      );
    }
    on('sock/sk_data_ready', (columns, i, cpu) => this.#onReady(columns, i, cpu));
    on('sched/sched_waking', (columns, i, cpu) => this.#onWaking(columns, i, cpu));
    on('sched/sched_switch', (columns, i, cpu) => this.#onSwitch(columns, i, cpu, names));
    on('sched/sched_process_fork', ({ x, y }, i) => {
      const parent = this.#tasks.get(x[i] ?? 0);
      if (parent !== undefined && this.#tasks.size < MOST_TASKS)
        this.#tasks.set(y[i] ?? 0, { ...parent, main: false, call: null });
    });
    on('raw_syscalls/sys_enter', (columns, i, cpu) => this.#onEnter(columns, i, cpu));
    on('raw_syscalls/sys_exit', (columns, i, cpu) => this.#onExit(columns, i, cpu));
    on('xdp/xdp_redirect', (columns, i, cpu) => this.#onXdp(columns, i, cpu, 'xdp_in'));
    on('xdp/xdp_devmap_xmit', (columns, i, cpu) => this.#onXdp(columns, i, cpu, 'xdp_out'));
  }

  /** In a guest the driver begins right behind net_dev_start_xmit, and has returned at net_dev_xmit: they enclose the kick. */
  #aliasesOf(point: string): string[] {
    const { asked, view } = this.#options;
    if (view.machine !== 'guest') return [];
    if (point === 'dev_done') return ['driver_exit'];
    return point === 'dev_xmit' && !asked.has('dev_xmit') ? ['driver_enter'] : [];
  }

  #onPacket(
    { timeNs, key, x, y, pid, name }: EventColumns,
    i: number,
    cpuNumber: number,
    { point, points, end }: { readonly point: number; readonly points: readonly number[]; readonly end: End },
  ): void {
    const { view, names, writer } = this.#options;
    const [time, skb, tid] = [timeNs[i] ?? 0, key[i] ?? 0, pid[i] ?? 0];
    const device = names[name[i] ?? -1] ?? '';
    if (device === 'lo') return;
    const task = this.#tasks.get(tid);
    const cpu = this.#cpu(cpuNumber);
    const waited = point === NETIF_RECEIVE && this.#waiting.take(skb, time);
    const follows = cpu.skb === skb && cpu.tid === tid && time - cpu.timeNs < BUSY_NS;
    if (task === undefined && view.machine === 'host' && !waited && !follows) {
      this.#untied++;
      return;
    }
    if (point === NETIF_RX) this.#waiting.add(skb, time);
    const bytes = end === 'sends' ? withoutEthernet(x[i] ?? 0) : (x[i] ?? 0);
    this.#beginByPacket(task, end, bytes);
    const hasPayload = this.#side !== 0 && (this.#lengths[this.#side]?.isPacket(bytes) ?? false);
    const place = this.#devices.find(device, end, this.#toHost1());
    cpu.hasPayload = hasPayload;
    cpu.timeNs = time;
    cpu.tid = tid;
    cpu.skb = skb;
    cpu.arrived = hasPayload && end === 'receives';
    if (place !== null) cpu.netns = place.netns;
    this.#release(cpu, cpuNumber, hasPayload);
    if (!hasPayload) this.#withoutPayload++;
    if (!hasPayload || place === null || this.#transaction < 0) return;
    for (const wanted of points) {
      if (this.#isLater(wanted, place)) continue;
      writer.packet({ timeNs: time, point: wanted, cpu: cpuNumber, tid, aux: y[i] ?? 0 }, this.#packetAt(place, bytes));
    }
  }

  /** A packet may be the first that is seen of its message on this machine. */
  #beginByPacket(task: Task | undefined, end: End, bytes: number): void {
    const { view } = this.#options;
    const call = task?.main === true ? task.call : null;
    if (call !== null && !call.begun && this.#sends.has(call.number)) {
      const next = this.#nextFromGuest();
      if (next !== 0 && this.#lengths[next]?.isPacket(bytes)) this.#beginFromGuest(next, call, bytes);
      return;
    }
    if (view.machine !== 'guest' || end !== 'receives') return;
    const next = view.client === 'guest' ? RESPONSE : REQUEST;
    if (this.#side !== next && this.#lengths[next]?.isPacket(bytes)) this.#begin(next);
  }

  /** The side that begins on this host with what the VMM sends; 0 = none now. */
  #nextFromGuest(): 0 | typeof REQUEST | typeof RESPONSE {
    const { client, server } = this.#options.view;
    if (client === 'guest') return this.#side === REQUEST ? 0 : REQUEST;
    return server === 'guest' && this.#side === REQUEST ? RESPONSE : 0;
  }

  #beginFromGuest(side: typeof REQUEST | typeof RESPONSE, call: Call, bytes: number): void {
    call.begun = true;
    this.#begin(side);
    this.#writeMoved('vmm_out', call.timeNs, { cpu: call.cpu, tid: call.tid, fd: call.fd, bytes });
  }

  #begin(side: typeof REQUEST | typeof RESPONSE): void {
    const { view } = this.#options;
    this.#side = side;
    this.#had.clear();
    if (side !== REQUEST) return;
    // Behind the last response come other things of the same size: what the guest says of its samples, for one.
    if (this.#transaction + 1 >= view.sequence.length) this.#isOver = true;
    else this.#transaction++;
  }

  #onReady({ timeNs, pid }: EventColumns, i: number, cpuNumber: number): void {
    const cpu = this.#cpu(cpuNumber);
    const time = timeNs[i] ?? 0;
    // One packet makes one socket ready; what comes after it is another's.
    if (!cpu.arrived || cpu.tid !== pid[i] || time - cpu.timeNs > BUSY_NS) return;
    cpu.arrived = false;
    if (this.#transaction < 0 || !this.#options.asked.has('data_ready')) return;
    this.#options.writer.packet(
      { timeNs: time, point: POINTS.data_ready, cpu: cpuNumber, tid: pid[i] ?? 0 },
      this.#packetAt({ netns: cpu.netns, ifindex: 0 }, this.#payloadBytes()),
    );
  }

  #onWaking({ timeNs, pid, x }: EventColumns, i: number, cpu: number): void {
    const woken = x[i] ?? 0;
    if (!this.#tasks.has(woken) || !this.#options.asked.has('waking')) return;
    this.#options.writer.task({
      ...{ timeNs: timeNs[i] ?? 0, point: POINTS.waking, cpu, tid: pid[i] ?? 0, aux: woken },
    });
  }

  #onSwitch({ timeNs, x, y, z, name }: EventColumns, i: number, cpu: number, names: readonly string[]): void {
    const { asked, writer } = this.#options;
    const [before, next, time] = [x[i] ?? 0, y[i] ?? 0, timeNs[i] ?? 0];
    if (asked.has('switch_in') && this.#tasks.has(next))
      writer.task({ timeNs: time, point: POINTS.switch_in, cpu, tid: next, aux: before });
    if (asked.has('switch'))
      writer.named(
        { timeNs: time, point: POINTS.switch, cpu, tid: next, aux: before, auxHigh: z[i] ?? 0 },
        names[name[i] ?? -1] ?? '',
      );
  }

  #onEnter({ timeNs, pid, x, y, z }: EventColumns, i: number, cpu: number): void {
    const tid = pid[i] ?? 0;
    const task = this.#tasks.get(tid);
    if (task === undefined) return;
    const { asked, writer, view, calls } = this.#options;
    const [timeAt, number, fd, bytes] = [timeNs[i] ?? 0, x[i] ?? 0, y[i] ?? 0, z[i] ?? 0];
    task.call = { number, fd, tid, timeNs: timeAt, cpu, begun: false };
    if (task.role === 'vcpu') {
      if (number === calls.write && bytes === KICK_BYTES && asked.has('kick'))
        writer.task({ timeNs: timeAt, point: POINTS.kick, cpu, tid, aux: fd });
      return;
    }
    if (task.role === 'vmm' || number !== calls.sendto) return;
    const isRequest = task.role === 'client';
    if (bytes !== (isRequest ? view.requestBytes : view.responseBytes)) return;
    if (isRequest) this.#begin(REQUEST);
    else if (this.#side === REQUEST) this.#begin(RESPONSE);
    this.#checkPath(`${task.role} ${fd}`);
    if (asked.has('send_enter')) writer.task({ timeNs: timeAt, point: POINTS.send_enter, cpu, tid, aux: fd });
  }

  /** One socket is of one path: else the order of the transactions is not that of the prober. */
  #checkPath(socket: string): void {
    const { view } = this.#options;
    const path = view.sequence[this.#transaction];
    if (path === undefined) return;
    if (!view.keepsSockets) this.#pathOf.delete(socket);
    const known = this.#pathOf.get(socket);
    if (known === undefined) this.#pathOf.set(socket, path);
    else if (known !== path)
      throw impossible(
        view,
        `the socket ${socket} is of path ${known} and of path ${path} at transaction ${this.#transaction}`,
      );
  }

  #onExit({ timeNs, pid, x, y }: EventColumns, i: number, cpuNumber: number): void {
    const tid = pid[i] ?? 0;
    const task = this.#tasks.get(tid);
    const call = task?.call;
    if (task === undefined || call === null || call === undefined) return;
    task.call = null;
    const [time, number, returned] = [timeNs[i] ?? 0, x[i] ?? 0, y[i] ?? 0];
    if (call.number !== number || returned <= 0) return;
    if (task.role === 'vmm') {
      this.#onMoved({ task, tid, call, returned, time, cpu: cpuNumber });
      return;
    }
    const { asked, writer } = this.#options;
    if (!this.#receives.has(number) || task.role === 'vcpu' || !asked.has('recv_exit')) return;
    // The prober has a socket of its own by which it waits for the kernel's stamps.
    if (task.role === 'client' && !this.#pathOf.has(`client ${call.fd}`)) return;
    writer.task({ timeNs: time, point: POINTS.recv_exit, cpu: cpuNumber, tid, aux: call.fd });
  }

  /** A thread of the VMM has read or written something: a frame, the payload, or nothing of the probe. */
  #onMoved({
    task,
    tid,
    call,
    returned,
    time,
    cpu: cpuNumber,
  }: {
    readonly task: Task;
    readonly tid: number;
    readonly call: Call;
    readonly returned: number;
    readonly time: number;
    readonly cpu: number;
  }): void {
    const bySocket = this.#bySocket.has(call.number);
    const isMoved = (side: number) => side !== 0 && (this.#lengths[side]?.isMoved(returned, bySocket) ?? false);
    if (this.#receives.has(call.number)) {
      if (isMoved(this.#side)) this.#writeMoved('vmm_in', time, { cpu: cpuNumber, tid, fd: call.fd, bytes: returned });
      return;
    }
    if (!this.#sends.has(call.number) || call.begun) return;
    const next = task.main ? this.#nextFromGuest() : 0;
    const begins = next !== 0 && isMoved(next);
    if (begins) this.#beginFromGuest(next, call, returned);
    else if (isMoved(this.#side))
      this.#writeMoved('vmm_out', call.timeNs, { cpu: call.cpu, tid, fd: call.fd, bytes: returned });
    this.#release(this.#cpu(cpuNumber), cpuNumber, begins);
  }

  #writeMoved(
    point: 'vmm_in' | 'vmm_out',
    timeNs: number,
    {
      cpu,
      tid,
      fd,
      bytes,
    }: { readonly cpu: number; readonly tid: number; readonly fd: number; readonly bytes: number },
  ): void {
    const { asked, writer } = this.#options;
    if (!asked.has(point) || this.#transaction < 0) return;
    const place = { netns: this.#devices.netns(HOST2), ifindex: 0 };
    // Who peeks looks at the same bytes again until they are acknowledged.
    const step = `${point} ${tid} ${fd}`;
    if (this.#had.has(step)) return;
    this.#had.add(step);
    writer.packet({ timeNs, point: POINTS[point], cpu, tid, aux: fd }, this.#packetAt(place, bytes));
  }

  #onXdp({ timeNs, pid, x, y, z }: EventColumns, i: number, cpuNumber: number, name: 'xdp_in' | 'xdp_out'): void {
    if (!this.#options.asked.has(name)) return;
    const place = this.#devices.at(HOST2, x[i] ?? 0);
    const [timeAt, tid] = [timeNs[i] ?? 0, pid[i] ?? 0];
    const cpu = this.#cpu(cpuNumber);
    const call = this.#tasks.get(tid)?.call ?? null;
    if (place === null) return;
    const held = { point: POINTS[name], timeNs: timeAt, tid, aux: y[i] ?? 0, auxHigh: z[i] ?? 0, place };
    const isOpen = call !== null && this.#sends.has(call.number) && !call.begun && this.#tasks.get(tid)?.main === true;
    // What the VMM writes is known by its length, which its call returns, or the next device sees.
    if (isOpen) cpu.held.push(held);
    else if (cpu.hasPayload === true && cpu.tid === tid && timeAt - cpu.timeNs < BUSY_NS)
      this.#writeHeld(held, cpuNumber);
  }

  #release(cpu: Cpu, cpuNumber: number, hasPayload: boolean): void {
    if (cpu.held.length === 0) return;
    if (hasPayload) for (const held of cpu.held) this.#writeHeld(held, cpuNumber);
    cpu.held.length = 0;
  }

  #writeHeld({ place, ...record }: Held, cpu: number): void {
    if (this.#transaction < 0) return;
    this.#options.writer.packet({ ...record, cpu }, this.#packetAt(place, this.#payloadBytes()));
  }

  #packetAt({ netns, ifindex }: Placed, bytes: number) {
    const { view } = this.#options;
    const port = view.ports[view.sequence[this.#transaction] ?? 0] ?? 0;
    const number = this.#numbers[this.#transaction] ?? 0;
    return { port, response: this.#side === RESPONSE, number, bytes, netns, ifindex };
  }

  #payloadBytes(): number {
    const { requestBytes, responseBytes } = this.#options.view;
    return this.#side === RESPONSE ? responseBytes : requestBytes;
  }

  #toHost1(): boolean {
    return (this.#side === REQUEST) === this.#options.view.requestToHost1;
  }

  /** Of a message in several packets the first one counts. */
  #isLater(point: number, { netns, ifindex }: Placed): boolean {
    if (this.#lengths[this.#side]?.severalPackets !== true) return false;
    const step = `${point} ${netns} ${ifindex}`;
    if (this.#had.has(step)) return true;
    this.#had.add(step);
    return false;
  }

  #cpu(number: number): Cpu {
    const known = this.#cpus[number];
    if (known !== undefined) return known;
    const cpu = {
      hasPayload: null,
      timeNs: Number.NEGATIVE_INFINITY,
      tid: -1,
      skb: 0,
      arrived: false,
      netns: 0,
      held: [],
    };
    this.#cpus[number] = cpu;
    return cpu;
  }
}

const NETIF_RX = pointNumber('netif_rx');
const NETIF_RECEIVE = pointNumber('netif_receive');
const POINTS = {
  data_ready: pointNumber('data_ready'),
  waking: pointNumber('waking'),
  switch_in: pointNumber('switch_in'),
  switch: pointNumber('switch'),
  kick: pointNumber('kick'),
  send_enter: pointNumber('send_enter'),
  recv_exit: pointNumber('recv_exit'),
  vmm_in: pointNumber('vmm_in'),
  vmm_out: pointNumber('vmm_out'),
  xdp_in: pointNumber('xdp_in'),
  xdp_out: pointNumber('xdp_out'),
} as const;

function numberByPath(sequence: ArrayLike<number>): Uint32Array {
  const next = new Map<number, number>();
  return Uint32Array.from(sequence, (path) => {
    const number = next.get(path) ?? 0;
    next.set(path, number + 1);
    return number;
  });
}

function impossible({ machine }: LabView, what: string): HoplabError {
  return new HoplabError({
    code: 'TRACE_IMPOSSIBLE',
    message: `tie the tracepoints' events of the ${machine} to transactions: ${what}`,
    hint: 'hoplab trace --mechanism bpf reads the number in each packet',
  });
}
