// SPDX-License-Identifier: GPL-2.0-only
/** The tracepoints that are understood, and which of their fields each gives to the columns of events. */

/** The columns: key, the address of an sk_buff or socket; x, y, z, small numbers; device, a name. */
export interface KindFields {
  /** "net/net_dev_queue". */
  readonly event: string;
  readonly key?: string;
  readonly x?: string;
  readonly y?: string;
  readonly z?: string;
  readonly device?: string;
  /** A field of characters: the name of a task. */
  readonly comm?: string;
  /** Of an array, the third element is z as well. */
  readonly third?: string;
}

export const EVENT_KINDS = [
  { event: 'net/net_dev_queue', key: 'skbaddr', x: 'len', device: 'name' },
  { event: 'net/net_dev_start_xmit', key: 'skbaddr', x: 'len', device: 'name' },
  { event: 'net/net_dev_xmit', key: 'skbaddr', x: 'len', y: 'rc', device: 'name' },
  { event: 'net/netif_rx', key: 'skbaddr', x: 'len', device: 'name' },
  { event: 'net/netif_receive_skb', key: 'skbaddr', x: 'len', device: 'name' },
  { event: 'net/napi_gro_receive_entry', key: 'skbaddr', x: 'len', device: 'name' },
  { event: 'sock/sk_data_ready', key: 'skaddr', x: 'protocol' },
  { event: 'sched/sched_waking', x: 'pid' },
  { event: 'sched/sched_switch', x: 'prev_pid', y: 'next_pid', z: 'prev_state', comm: 'next_comm' },
  { event: 'sched/sched_process_fork', x: 'parent_pid', y: 'child_pid' },
  { event: 'raw_syscalls/sys_enter', x: 'id', y: 'args', third: 'args' },
  { event: 'raw_syscalls/sys_exit', x: 'id', y: 'ret' },
  { event: 'xdp/xdp_redirect', x: 'ifindex', y: 'map_id' },
  { event: 'xdp/xdp_devmap_xmit', x: 'to_ifindex', y: 'sent', z: 'drops' },
  { event: 'irq/irq_handler_entry', x: 'irq' },
  { event: 'irq/irq_handler_exit', x: 'irq' },
  { event: 'irq/softirq_entry', x: 'vec' },
  { event: 'irq/softirq_exit', x: 'vec' },
  { event: 'napi/napi_poll', x: 'work', y: 'budget', device: 'dev_name' },
  { event: 'skb/consume_skb', key: 'skbaddr' },
  { event: 'skb/kfree_skb', key: 'skbaddr', x: 'reason' },
  { event: 'skb/skb_copy_datagram_iovec', key: 'skbaddr', x: 'len' },
  { event: 'sock/sock_send_length', key: 'sk', x: 'ret' },
  { event: 'sock/sock_recv_length', key: 'sk', x: 'ret' },
  { event: 'tcp/tcp_probe', x: 'data_len', y: 'sport', z: 'dport' },
] as const satisfies readonly KindFields[];

export type EventName = (typeof EVENT_KINDS)[number]['event'];

/** Its number in the column `kind`, from 0. */
export function kindOf(event: EventName): number {
  return EVENT_KINDS.findIndex((kind) => kind.event === event);
}
