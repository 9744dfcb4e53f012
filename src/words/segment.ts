// SPDX-License-Identifier: GPL-2.0-only
/** What a segment of a trace is, in words: what happens between its two points, and where. */
import type { Segment } from '../model/trace-breakdown.ts';
import type { SegmentDiff } from '../model/trace-diff.ts';
import type { TraceStep } from '../model/trace-timelines.ts';
import { isGuestMachine, type TracedMachine } from '../model/traced-machine.ts';
import { plainText } from './plain-text.ts';

/** From one point to the next -> what takes the time in between. */
const WORDS: Readonly<Record<string, string>> = {
  'send_enter sock_send': 'send call',
  'send_enter dev_queue': 'socket and stack, down',
  'sock_send dev_queue': 'stack, down',
  'dev_queue dev_xmit': 'qdisc',
  'dev_xmit driver_enter': 'to the driver',
  'dev_queue driver_enter': 'qdisc',
  'driver_enter kick': 'driver, ring, kick',
  'dev_xmit kick': 'driver, ring, kick',
  'kick waking': 'the kick wakes the VMM',
  'kick switch_in': 'the kick wakes the VMM',
  'kick vmm_out': 'the kick wakes the VMM, which takes the frame',
  'waking switch_in': 'waits for a CPU',
  'switch_in vmm_out': 'ring to write()',
  'waking vmm_out': 'woken, ring to write()',
  'waking vmm_in': 'woken, read()',
  'switch_in vmm_in': 'read()',
  'switch_in netif_receive': 'guest: interrupt, driver',
  'vmm_in waking': 'ring, interrupt wakes the vCPU',
  'vmm_in switch_in': 'ring, interrupt wakes the vCPU',
  'waking netif_receive': 'woken, interrupt, driver',
  'vmm_out waking': 'wakes the next process',
  'netif_receive dev_xmit': 'through the stack',
  'dev_xmit dev_queue': 'to the device below',
  'vmm_out vmm_in': 'to the next process',
  'dev_xmit switch_in': 'woken by the queue',
  'vmm_in vmm_out': 'from read to write',
  'vmm_out netif_receive': 'tap: frame to sk_buff',
  'vmm_out xdp_in': 'tap: XDP program',
  'vmm_out dev_queue': 'write to the device below',
  'vmm_out sock_send': 'socket of the VMM',
  'xdp_in xdp_out': 'XDP redirect',
  'xdp_out netif_receive': 'wire, then to sk_buff',
  'xdp_out waking': 'tap queue wakes the VMM',
  'netif_receive dev_queue': 'forwarding',
  'netif_receive data_ready': 'stack, up to the socket',
  'netif_receive waking': 'to the socket, wakes its reader',
  'netif_receive recv_exit': 'to the socket, and read at once',
  'dev_xmit netif_rx': 'wire',
  'dev_xmit netif_receive': 'wire',
  'dev_xmit xdp_in': 'wire, then XDP program',
  'netif_rx netif_receive': 'backlog: softirq begins',
  'dev_xmit waking': 'tap queue wakes the VMM',
  'dev_xmit vmm_in': 'tap queue, VMM: read()',
  'data_ready waking': 'wakes its reader',
  'data_ready recv_exit': 'read at once',
  'switch_in recv_exit': 'receive call returns',
  'waking recv_exit': 'woken, receive call returns',
  'recv_exit send_enter': 'application',
  'vmm_in netif_receive': 'ring, interrupt, driver',
  'vmm_in guest_irq': 'ring, interrupt raised',
  'guest_irq waking': 'interrupt wakes the vCPU',
  'guest_irq switch_in': 'interrupt wakes the vCPU',
  'guest_irq netif_receive': 'guest: interrupt, driver',
  'vmm_in data_ready': 'ring, interrupt, stack',
  'send_enter stamp_queue': 'socket and stack, down',
  'send_enter stamp_driver': 'socket, stack and qdisc, down',
  'stamp_queue stamp_driver': 'qdisc, to the driver',
  'stamp_driver stamp_receive': 'the network and the other machine',
  'stamp_queue stamp_receive': 'driver, network, the other machine',
  'stamp_receive recv_exit': 'stack up, woken, receive call returns',
};

/** Of those, what leads from one clock to the other; any other crossing is more than one thing. */
const CROSSINGS = new Set([
  'driver_enter kick',
  'dev_xmit kick',
  'vmm_in netif_receive',
  'vmm_in data_ready',
  'waking netif_receive',
  'switch_in netif_receive',
]);

/** Where vhost moves the frames, and no call of the VMM: its place is `vhost`. */
const VHOST_WORDS: Readonly<Record<string, string>> = {
  'kick waking': 'the kick wakes vhost',
  'kick switch_in': 'the kick wakes vhost',
  'dev_xmit waking': 'tap queue wakes vhost',
  'switch_in vmm_out': 'vhost: ring to tap',
  'waking vmm_out': 'woken, ring to tap',
  'switch_in netif_receive': 'vhost: ring to sk_buff',
  'switch_in vmm_in': 'vhost: frame to the ring',
  'waking vmm_in': 'woken, frame to the ring',
};

/** What holds whatever lies between the two points. */
const ANY_WAY = new Set([
  ...['send_enter dev_queue', 'dev_queue dev_xmit', 'dev_queue driver_enter', 'netif_receive dev_queue'],
  ...['netif_receive data_ready', 'recv_exit send_enter', 'waking switch_in', 'switch_in recv_exit'],
]);

/** An end of a stretch in which two paths have points of their own. */
const ENDS: Readonly<Record<string, string>> = {
  ...{
    send_enter: 'send call',
    sock_send: 'send call',
    dev_queue: 'queue',
    dev_xmit: 'device',
    driver_enter: 'driver',
  },
  ...{ netif_rx: 'backlog', netif_receive: 'stack', gro: 'GRO', data_ready: 'socket', recv_exit: 'receive call' },
  ...{
    waking: 'wake-up',
    switch_in: 'CPU',
    kick: 'kick',
    vmm_in: 'read()',
    vmm_out: 'write()',
    guest_irq: 'interrupt',
  },
  ...{ xdp_in: 'XDP program', xdp_out: 'XDP redirect' },
};

export interface SegmentWords {
  readonly what: string;
  readonly where: string;
}

export function describeSegment({ from, to }: Pick<Segment, 'from' | 'to'>): SegmentWords {
  const points = `${from.point} ${to.point}`;
  const crosses = from.machine !== to.machine && !CROSSINGS.has(points);
  const ofVhost = [from, to].some(({ place }) => place === 'vhost') ? VHOST_WORDS[points] : undefined;
  const known = crosses ? wayBetween(from.machine, to.machine) : (ofVhost ?? WORDS[points]);
  const [start, end] = [placeOf(from), placeOf(to)];
  return {
    what: known ?? `${endWords(from)} to ${endWords(to)}`,
    where: start === end ? start : `${start} > ${end}`,
  };
}

function endWords({ point }: TraceStep): string {
  return ENDS[point] ?? point;
}

/** From one machine to another. */
function wayBetween(from: TracedMachine, to: TracedMachine): string {
  if (isGuestMachine(to)) return 'into the guest';
  return isGuestMachine(from) ? 'out of the guest' : 'to the other machine';
}

/** What lies between may be another thing on each path: then its ends say more than words for one of them. */
export function describeDifference(segment: SegmentDiff): SegmentWords {
  const { from, to, onlyA, onlyB } = segment;
  const own = describeSegment(segment);
  if (onlyA.length + onlyB.length === 0 || ANY_WAY.has(`${from.point} ${to.point}`)) return own;
  const crosses = from.machine !== to.machine;
  return { ...own, what: crosses ? wayBetween(from.machine, to.machine) : `${endWords(from)} to ${endWords(to)}` };
}

/** "guest eth0", "host2 t-tap", "vmm". */
export function placeOf({ machine, place, device }: TraceStep): string {
  const named = place === '' ? machine : place;
  // Names come from disk.
  return plainText(device === '' ? named : `${named} ${device}`, 40);
}

/** "dev_xmit at host2 t-tap". */
export function describeStep(step: TraceStep): string {
  return `${step.point} at ${placeOf(step)}`;
}
