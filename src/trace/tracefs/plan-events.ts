// SPDX-License-Identifier: GPL-2.0-only
/** Which tracepoints serve the points of a trace, in which instance, and with which filter. Pure. */
import type { EventName } from './event-kinds.ts';

/** tasks: only those of the lab and their children; devices: whoever runs, by the names of devices. */
export type StreamName = 'tasks' | 'devices';
export const STREAMS = ['tasks', 'devices'] as const satisfies readonly StreamName[];

interface PlannedEvent {
  readonly stream: StreamName;
  readonly event: EventName;
  /** As the kernel takes it, but for @sendto@ in place of a system call's number; "" = all. */
  readonly filter: string;
}

export interface EventPlan {
  readonly events: readonly PlannedEvent[];
  /** Of a point: the events that it is made of. A point without one is not to be had. */
  readonly pointEvents: Readonly<Record<string, readonly EventName[]>>;
}

const POINT_EVENTS: Readonly<Record<string, readonly EventName[]>> = {
  send_enter: ['raw_syscalls/sys_enter'],
  recv_exit: ['raw_syscalls/sys_enter', 'raw_syscalls/sys_exit'],
  kick: ['raw_syscalls/sys_enter'],
  vmm_in: ['raw_syscalls/sys_enter', 'raw_syscalls/sys_exit'],
  vmm_out: ['raw_syscalls/sys_enter', 'raw_syscalls/sys_exit'],
  dev_queue: ['net/net_dev_queue'],
  dev_xmit: ['net/net_dev_start_xmit'],
  dev_done: ['net/net_dev_xmit'],
  netif_rx: ['net/netif_rx'],
  netif_receive: ['net/netif_receive_skb'],
  gro: ['net/napi_gro_receive_entry'],
  data_ready: ['sock/sk_data_ready'],
  waking: ['sched/sched_waking'],
  switch_in: ['sched/sched_switch'],
  switch: ['sched/sched_switch'],
  xdp_in: ['xdp/xdp_redirect'],
  xdp_out: ['xdp/xdp_devmap_xmit'],
  irq_enter: ['irq/irq_handler_entry'],
  irq_exit: ['irq/irq_handler_exit'],
  softirq_enter: ['irq/softirq_entry'],
  softirq_exit: ['irq/softirq_exit'],
};
/** What tells where a message begins and whose a packet is, whatever was asked for. */
const ALWAYS = [
  'raw_syscalls/sys_enter',
  'raw_syscalls/sys_exit',
  'sched/sched_process_fork',
  'net/net_dev_queue',
  'net/netif_rx',
  'net/netif_receive_skb',
] as const satisfies readonly EventName[];
const OF_TASKS: readonly EventName[] = [
  'raw_syscalls/sys_enter',
  'raw_syscalls/sys_exit',
  'sched/sched_process_fork',
  'sched/sched_waking',
  'sched/sched_switch',
];
const CALLS = 'read readv recvfrom recvmsg recvmmsg write writev sendto sendmsg sendmmsg'.split(' ');
/** The system calls that carry payload or frames. */
export const CALL_FILTER = CALLS.map((call) => `id == @${call}@`).join(' || ');
const BY_DEVICE = /^net\//;

export interface PlanEventsOptions {
  readonly inGuest: boolean;
  readonly points: readonly string[];
  readonly devices: readonly { readonly ifindex: number; readonly name: string }[];
}

export function planEvents({ inGuest, points, devices }: PlanEventsOptions): EventPlan {
  const pointEvents: Record<string, readonly EventName[]> = {};
  for (const point of points) {
    const events = POINT_EVENTS[point] ?? (inGuest ? driverEvents(point, points) : []);
    if (events.length > 0) pointEvents[point] = events;
  }
  const wanted = [...new Set<EventName>([...ALWAYS, ...Object.values(pointEvents).flat()])];
  // Where every switch is wanted, those of the lab's tasks are among them.
  const allSwitches = points.includes('switch');
  const events = wanted.map((event): PlannedEvent => {
    const ofTasks = OF_TASKS.includes(event) && !(allSwitches && event === 'sched/sched_switch');
    return { stream: ofTasks ? 'tasks' : 'devices', event, filter: filterOf(event, devices) };
  });
  return { events, pointEvents };
}

/** No tracepoint is in a driver; but the two around it tell the same, where the nearer one is not asked for itself. */
function driverEvents(point: string, points: readonly string[]): readonly EventName[] {
  if (point === 'driver_exit') return ['net/net_dev_xmit'];
  return point === 'driver_enter' && !points.includes('dev_xmit') ? ['net/net_dev_start_xmit'] : [];
}

function filterOf(event: EventName, devices: PlanEventsOptions['devices']): string {
  if (event.startsWith('raw_syscalls/')) return CALL_FILTER;
  if (event === 'sock/sk_data_ready') return 'family == 2 || family == 10';
  const known = devices.filter(({ name }) => name !== 'lo');
  if (BY_DEVICE.test(event)) return [...new Set(known.map(({ name }) => `name == "${name}"`))].join(' || ');
  const index = event === 'xdp/xdp_redirect' ? 'ifindex' : event === 'xdp/xdp_devmap_xmit' ? 'to_ifindex' : null;
  return index === null ? '' : [...new Set(known.map(({ ifindex }) => `${index} == ${ifindex}`))].join(' || ');
}
