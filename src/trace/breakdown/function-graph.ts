// SPDX-License-Identifier: GPL-2.0-only
/** Cuts one transaction out of what the kernel's tracers of functions wrote (Documentation/trace/ftrace.rst). Pure. */

/** Functions whose calls are followed, with all that they call: the ways of a packet down and up. */
export const GRAPH_ROOTS = {
  send: ['tcp_sendmsg', 'udp_sendmsg'],
  other: ['virtnet_poll', 'net_rx_action', 'tcp_recvmsg', 'udp_recvmsg'],
} as const;

/** What a packet passes, from the socket to the driver and back, where each function has to be named by itself. */
export const PATH_FUNCTIONS: readonly string[] = [
  ...['tcp_sendmsg', 'udp_sendmsg', 'tcp_write_xmit', '__tcp_transmit_skb', 'udp_send_skb', 'ip_queue_xmit'],
  ...['ip_local_out', 'ip_output', 'ip_finish_output2', 'neigh_resolve_output', 'dev_queue_xmit', '__dev_queue_xmit'],
  ...['sch_direct_xmit', 'dev_hard_start_xmit', 'start_xmit', 'veth_xmit', 'tun_net_xmit', 'macvlan_start_xmit'],
  ...['br_dev_xmit', 'virtqueue_add_outbuf', 'virtqueue_notify', 'virtnet_poll', 'veth_poll', 'netif_rx', '__netif_rx'],
  ...['tun_get_user', 'tun_do_read', 'tap_do_read', 'net_rx_action', 'process_backlog', '__napi_poll'],
  // vhost: woken by the kick or the tap's queue, and what it calls there and in KVM.
  ...['ioeventfd_write', 'vhost_poll_wakeup', 'handle_tx_kick', 'handle_tx', 'handle_rx_net', 'handle_rx'],
  ...['tun_sendmsg', 'tun_recvmsg', 'tap_sendmsg', 'tap_recvmsg', 'tap_handle_frame', 'vhost_signal'],
  ...['irqfd_wakeup', 'kvm_vcpu_wake_up'],
  // Open vSwitch in the kernel.
  ...['ovs_vport_receive', 'ovs_flow_key_extract', 'ovs_dp_process_packet'],
  ...['ovs_flow_tbl_lookup_stats', 'ovs_execute_actions', 'ovs_vport_send'],
  ...['napi_gro_receive', 'netif_receive_skb', '__netif_receive_skb_core', 'br_handle_frame', 'br_forward'],
  ...[
    'macvlan_handle_frame',
    'ip_rcv',
    'ip_local_deliver',
    'tcp_v4_rcv',
    'tcp_rcv_established',
    'udp_rcv',
    'udp_queue_rcv_skb',
  ],
  ...['tcp_data_queue', 'sock_def_readable', 'tcp_recvmsg', 'udp_recvmsg', 'skb_copy_datagram_iter', 'consume_skb'],
  ...['kfree_skb_reason', 'xdp_do_redirect', 'dev_map_enqueue'],
];

export interface FunctionPath {
  /** Lines as the kernel wrote them, of one transaction: from a send to the next. */
  readonly lines: readonly string[];
  readonly functions: number;
}

/** The last whole transaction of function_graph, at whatever depth its send stands; null = there is none. */
export function lastTransaction(text: string): FunctionPath | null {
  return cut(text, (line) => new RegExp(`\\| +(?:${SENDS})\\(\\) \\{`).test(line), /\w+\(\)( \{|;)/);
}

/** The same of kprobe events, a line each. */
export function lastProbes(text: string): FunctionPath | null {
  return cut(text, (line) => new RegExp(`: (?:${SENDS}): \\(`).test(line), /: \w+: \(/);
}

const SENDS = GRAPH_ROOTS.send.join('|');

function cut(text: string, beginsSend: (line: string) => boolean, isFunction: RegExp): FunctionPath | null {
  const lines = text.split('\n').filter((line) => !line.startsWith('#'));
  const sends = lines.flatMap((line, index) => (beginsSend(line) ? [index] : []));
  const [from, to] = sends.slice(-2);
  if (from === undefined || to === undefined) return null;
  const kept = lines.slice(from, to).map((line) => line.trimEnd());
  return { lines: kept, functions: kept.filter((line) => isFunction.test(line)).length };
}
