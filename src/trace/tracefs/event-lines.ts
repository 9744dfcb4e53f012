// SPDX-License-Identifier: GPL-2.0-only
/** Tracepoints of one transaction as lines to read: when, on which CPU, in which task, and what. Pure. */
import { SOFTIRQS } from '../breakdown/beside.ts';
import { EVENT_KINDS, kindOf } from './event-kinds.ts';
import { PagesReader } from './read-pages.ts';

export interface EventLinesOptions {
  /** Names of the lab's tasks by tid; who runs besides is shown by number. */
  readonly tasks: readonly { readonly tid: number; readonly name: string }[];
  /** Bytes of what begins a transaction: the send call of this size by a task whose name is `sender`. */
  readonly sender: string;
  readonly bytes: number;
}

export interface EventPath {
  readonly lines: readonly string[];
  readonly events: number;
}

interface Seen {
  readonly timeNs: number;
  readonly cpu: number;
  readonly kind: number;
  readonly pid: number;
  readonly key: number;
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly name: string;
}

const ENTER = kindOf('raw_syscalls/sys_enter');
const EXIT = kindOf('raw_syscalls/sys_exit');
const FORK = kindOf('sched/sched_process_fork');
/** A transaction that waits for seconds must not become a book. */
const MOST_LINES = 400;

/** The last whole transaction: from a send call to the next; null = there is none. */
export function lastEvents(bytes: Uint8Array, { tasks, sender, bytes: sent }: EventLinesOptions): EventPath | null {
  const seen: Seen[] = [];
  const names = new Map(tasks.map(({ tid, name }) => [tid, name]));
  const calls = new Map<number, string>();
  const reader = new PagesReader('events', ({ header, decoder }) => {
    for (const [call, number] of Object.entries(header.calls)) calls.set(number, call);
    return ({ timeNs, kind, pid, key, x, y, z, name }, i, cpu) => {
      const [what, tid] = [kind[i] ?? 0, pid[i] ?? 0];
      const parent = names.get(x[i] ?? 0);
      if (what === FORK && parent !== undefined) names.set(y[i] ?? 0, parent);
      seen.push({
        ...{ timeNs: timeNs[i] ?? 0, cpu, kind: what, pid: tid, key: key[i] ?? 0 },
        ...{ x: x[i] ?? 0, y: y[i] ?? 0, z: z[i] ?? 0, name: decoder.names.all[name[i] ?? -1] ?? '' },
      });
    };
  });
  reader.push(bytes);
  reader.end();
  const sends = seen.flatMap((event, index) =>
    event.kind === ENTER && calls.get(event.x) === 'sendto' && event.z === sent && names.get(event.pid) === sender
      ? [index]
      : [],
  );
  const [from, to] = sends.slice(-2);
  if (from === undefined || to === undefined) return null;
  const start = seen[from]?.timeNs ?? 0;
  const cut = seen.slice(from, Math.min(to, from + MOST_LINES));
  const packets = new Map<number, number>();
  return { lines: cut.map((event) => lineOf(event, { start, names, calls, packets })), events: to - from };
}

interface Words {
  readonly start: number;
  readonly names: ReadonlyMap<number, string>;
  readonly calls: ReadonlyMap<number, string>;
  /** Number of each sk_buff in the order of their coming. */
  readonly packets: Map<number, number>;
}

function lineOf(event: Seen, { start, names, calls, packets }: Words): string {
  const task = names.get(event.pid) ?? (event.pid === 0 ? 'idle' : `task ${event.pid}`);
  const us = ((event.timeNs - start) / 1000).toFixed(2).padStart(10);
  const name = EVENT_KINDS[event.kind]?.event ?? '';
  return `${us} us  CPU ${event.cpu}  ${task.padEnd(12)}  ${name.split('/')[1]?.padEnd(22)}  ${detailOf(event, name, { calls, packets, names })}`.trimEnd();
}

function detailOf(
  { kind, key, x, y, z, name }: Seen,
  event: string,
  { calls, packets, names }: Pick<Words, 'calls' | 'packets' | 'names'>,
): string {
  const packet = () => {
    if (!packets.has(key)) packets.set(key, packets.size + 1);
    return `packet ${packets.get(key)}`;
  };
  const task = (tid: number) => names.get(tid) ?? (tid === 0 ? 'idle' : `task ${tid}`);
  if (kind === ENTER) return `${calls.get(x) ?? `call ${x}`}(${y}, ..., ${z})`;
  if (kind === EXIT) return `${calls.get(x) ?? `call ${x}`} returns ${y}`;
  if (event.startsWith('net/')) return `${name}  ${x} B  ${packet()}`;
  switch (event) {
    case 'sched/sched_waking':
      return task(x);
    case 'sched/sched_switch':
      return `${task(x)} > ${task(y)}`;
    case 'sched/sched_process_fork':
      return task(y);
    case 'napi/napi_poll':
      return `${name}  ${x} of ${y}`;
    case 'skb/consume_skb':
      return packet();
    case 'skb/kfree_skb':
      return `${packet()}  reason ${x}`;
    case 'skb/skb_copy_datagram_iovec':
      return `${x} B  ${packet()}`;
    case 'sock/sock_send_length':
    case 'sock/sock_recv_length':
      return `${x} B`;
    case 'sock/sk_data_ready':
      // A tap's queue is a socket to its reader.
      return x === 6 ? 'TCP' : x === 17 ? 'UDP' : x === 0 ? 'no protocol' : `protocol ${x}`;
    case 'tcp/tcp_probe':
      return `${x} B  port ${y} > ${z}`;
    case 'xdp/xdp_redirect':
      return `interface ${x}`;
    case 'xdp/xdp_devmap_xmit':
      return `interface ${x}  ${y} sent`;
    case 'irq/softirq_entry':
    case 'irq/softirq_exit':
      return SOFTIRQS[x] ?? String(x);
    default:
      return String(x);
  }
}
