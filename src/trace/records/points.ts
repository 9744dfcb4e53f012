// SPDX-License-Identifier: GPL-2.0-only
/** The trace points by number: the mirror of the table in native/hoptrace/record.h. */
import type { TracePoint } from '../../model/trace-file.ts';

type Row = readonly [name: string, role: TracePoint['role'], meaning: string];

const ROWS: readonly Row[] = [
  ['send_enter', 'chain', 'a traced task entered a send call; aux: the file descriptor'],
  ['sock_send', 'side', 'the socket took the payload, and the stack returned from sending it'],
  ['dev_queue', 'chain', "the packet was handed to a device's queue"],
  ['dev_xmit', 'chain', 'the packet left the queue for the driver'],
  ['netif_rx', 'chain', "the packet was put into a CPU's backlog"],
  ['netif_receive', 'chain', 'the packet entered the stack from a device'],
  ['data_ready', 'chain', 'the payload lies in its socket'],
  ['waking', 'chain', 'a traced task is being woken; aux: its tid'],
  ['switch_in', 'chain', 'a traced task got the CPU; aux: the task before'],
  ['recv_exit', 'chain', 'a receive call of a traced task returned with payload; aux: the file descriptor'],
  ['kick', 'chain', 'a vCPU notifies its device: an eventfd is written to or signalled; aux: descriptor or address'],
  ['vmm_in', 'chain', 'the VMM has read a frame or payload, or vhost copies it to the guest; aux: the file descriptor'],
  ['vmm_out', 'chain', 'the VMM is about to write a frame or payload, or vhost to send it; aux: the file descriptor'],
  ['xdp_in', 'chain', 'an XDP program redirected the frame; aux: the id of the map, 0 = none'],
  ['xdp_out', 'chain', 'redirected frames were given to a device; aux: sent, and lost << 32'],
  ['driver_enter', 'chain', 'virtio_net got the packet to transmit; any driver, where no function may be traced'],
  ['driver_exit', 'side', 'the driver of driver_enter returned from transmitting; aux: what it returned'],
  ['free', 'side', 'the packet was freed; aux: the reason of a drop, 0 = consumed'],
  ['irq_enter', 'side', 'a hardware interrupt began; aux: its number'],
  ['irq_exit', 'side', 'a hardware interrupt ended; aux: its number'],
  ['softirq_enter', 'side', 'a softirq began; aux: its number'],
  ['softirq_exit', 'side', 'a softirq ended; aux: its number'],
  ['switch', 'side', 'a CPU changed its task; aux: the task before, and its state << 32'],
  ['gro', 'chain', 'the packet was given to GRO by its driver'],
  ['dev_done', 'side', 'the driver of any device returned from transmitting; aux: what it returned'],
  ['guest_irq', 'chain', 'KVM was told to interrupt the guest; aux: the data of the MSI, 0 = not known'],
];

/** In the order of their numbers, from 1; 0 is no point. */
export const TRACE_POINTS: readonly TracePoint[] = ROWS.map(([name, role, meaning], index) => ({
  ...{ number: index + 1, name, meaning, role },
}));

const NUMBERS = new Map(TRACE_POINTS.map(({ name, number }) => [name, number]));

/** The name of a number; "point 99" for one that this version does not know. */
export function pointName(number: number): string {
  return TRACE_POINTS[number - 1]?.name ?? `point ${number}`;
}

/** The number of a name; throws on one that is not in the table. */
export function pointNumber(name: string): number {
  const number = NUMBERS.get(name);
  if (number === undefined) throw new RangeError(`there is no trace point ${JSON.stringify(name)}`);
  return number;
}
