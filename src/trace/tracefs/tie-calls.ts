// SPDX-License-Identifier: GPL-2.0-only
/** Ties system calls: what client and server send and receive, and what the VMM moves. */
import { pointNumber } from '../records/points.ts';
import type { EventColumns } from './event-columns.ts';
import { REQUEST, RESPONSE } from './message-order.ts';
import type { Call, Task, TieContext } from './tie-context.ts';

const KICK = pointNumber('kick');
const SEND_ENTER = pointNumber('send_enter');
const RECV_EXIT = pointNumber('recv_exit');
const RECEIVES = ['read', 'readv', 'recvfrom', 'recvmsg', 'recvmmsg'];
const BY_SOCKET = ['sendto', 'sendmsg', 'sendmmsg', 'recvfrom', 'recvmsg', 'recvmmsg'];
/** An eventfd takes 8 bytes. */
const KICK_BYTES = 8;

interface ReturnedCall {
  readonly task: Task;
  readonly call: Call;
  readonly returned: number;
  readonly time: number;
  readonly cpu: number;
}

export class CallTie {
  readonly #context: TieContext;
  readonly #receives: ReadonlySet<number>;
  readonly #bySocket: ReadonlySet<number>;

  constructor(context: TieContext) {
    this.#context = context;
    const { calls } = context.options;
    const numbersOf = (names: readonly string[]) => new Set(names.map((name) => calls[name] ?? -1));
    this.#receives = numbersOf(RECEIVES);
    this.#bySocket = numbersOf(BY_SOCKET);
  }

  onEnter({ timeNs, pid, x, y, z }: EventColumns, i: number, cpu: number): void {
    const { options, order, tasks } = this.#context;
    const tid = pid[i] ?? 0;
    const task = tasks.get(tid);
    if (task === undefined) return;
    const { asked, writer, view, calls } = options;
    const [time, number, fd, bytes] = [timeNs[i] ?? 0, x[i] ?? 0, y[i] ?? 0, z[i] ?? 0];
    task.call = { number, fd, tid, timeNs: time, cpu, begun: false };
    if (task.role === 'vcpu') {
      if (number === calls.write && bytes === KICK_BYTES && asked.has('kick'))
        writer.task({ timeNs: time, point: KICK, cpu, tid, aux: fd });
      return;
    }
    if (task.role === 'vmm' || number !== calls.sendto) return;
    const isRequest = task.role === 'client';
    if (bytes !== (isRequest ? view.requestBytes : view.responseBytes)) return;
    if (isRequest) order.begin(REQUEST);
    else if (order.side === REQUEST) order.begin(RESPONSE);
    order.checkPath(`${task.role} ${fd}`);
    if (asked.has('send_enter')) writer.task({ timeNs: time, point: SEND_ENTER, cpu, tid, aux: fd });
  }

  onExit({ timeNs, pid, x, y }: EventColumns, i: number, cpu: number): void {
    const { options, order, tasks } = this.#context;
    const tid = pid[i] ?? 0;
    const task = tasks.get(tid);
    const call = task?.call;
    if (task === undefined || call === null || call === undefined) return;
    task.call = null;
    const [time, number, returned] = [timeNs[i] ?? 0, x[i] ?? 0, y[i] ?? 0];
    if (call.number !== number || returned <= 0) return;
    if (task.role === 'vmm') {
      this.#onMoved({ task, call, returned, time, cpu });
      return;
    }
    if (!this.#receives.has(number) || task.role === 'vcpu' || !options.asked.has('recv_exit')) return;
    // The prober has a socket of its own by which it waits for the kernel's stamps.
    if (task.role === 'client' && !order.isKnown(`client ${call.fd}`)) return;
    options.writer.task({ timeNs: time, point: RECV_EXIT, cpu, tid, aux: call.fd });
  }

  /** A thread of the VMM has read or written something: a frame, the payload, or nothing of the probe. */
  #onMoved({ task, call, returned, time, cpu }: ReturnedCall): void {
    const { order } = this.#context;
    const { number, fd, tid } = call;
    const bySocket = this.#bySocket.has(number);
    const isOfMessage = order.isMoved(order.side, returned, bySocket);
    if (this.#receives.has(number)) {
      if (isOfMessage) this.#context.writeMoved('vmm_in', time, { cpu, tid, fd, bytes: returned });
      return;
    }
    if (!this.#context.isSend(number) || call.begun) return;
    const next = task.main ? order.nextFromGuest() : 0;
    const begins = next !== 0 && order.isMoved(next, returned, bySocket);
    if (begins) this.#context.beginFromGuest(next, call, returned);
    else if (isOfMessage) this.#context.writeMoved('vmm_out', call.timeNs, { cpu: call.cpu, tid, fd, bytes: returned });
    this.#context.release(this.#context.cpus.at(cpu), cpu, begins);
  }
}
