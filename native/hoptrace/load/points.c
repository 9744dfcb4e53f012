// SPDX-License-Identifier: GPL-2.0-only
/* The table of points, and by which programs each can be had. */
#include "points.h"
#include "../record.h"

#include <string.h>

static const struct { const char *name, *meaning; } points[N_POINTS] = {
	[POINT_none] = { "", "" },
#define POINT(name_, meaning_) [POINT_##name_] = { #name_, meaning_ },
	TRACE_POINTS(POINT)
#undef POINT
};

#ifdef __aarch64__
#define CALL_FUNCTION "__arm64_sys_"
#else
#define CALL_FUNCTION "__x64_sys_"
#endif

/* Most need nothing of the plan, and are in the kernel itself: what is left out says that. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
const struct way ways[] = {
	{ POINT_send_enter, RANK_TCP, ENTRY, "send_enter_stream", "inet_sendmsg" },
	{ POINT_send_enter, RANK_UDP, ENTRY, "send_enter_call", CALL_FUNCTION "sendto" },
	{ POINT_send_enter, RANK_USUAL, TRACEPOINT, "call_enter", "sys_enter" },
	{ POINT_sock_send, RANK_USUAL, TRACEPOINT, "sock_send", "sock_send_length" }, /* since Linux 6.3 */
	{ POINT_sock_send, RANK_OTHER, EXIT, "sock_send_tcp", "tcp_sendmsg" },
	{ POINT_sock_send, RANK_OTHER, EXIT, "sock_send_udp", "udp_sendmsg" },
	{ POINT_dev_queue, RANK_USUAL, TRACEPOINT, "dev_queue", "net_dev_queue" },
	{ POINT_dev_xmit, RANK_USUAL, TRACEPOINT, "dev_xmit", "net_dev_start_xmit" },
	{ POINT_netif_rx, RANK_USUAL, TRACEPOINT, "netif_rx", "netif_rx" },
	{ POINT_netif_receive, RANK_USUAL, TRACEPOINT, "netif_receive", "netif_receive_skb" },
	{ POINT_data_ready, RANK_USUAL, TRACEPOINT, "data_ready", "sk_data_ready" }, /* since Linux 6.3 */
	{ POINT_data_ready, RANK_OTHER, ENTRY, "data_ready_entry", "sock_def_readable" },
	{ POINT_data_ready, RANK_LAST, PROBE, "data_ready_probe", "sock_def_readable" },
	{ POINT_waking, RANK_USUAL, TRACEPOINT, "waking", "sched_waking" },
	{ POINT_switch_in, RANK_USUAL, TRACEPOINT, "switch_in", "sched_switch" },
	{ POINT_recv_exit, RANK_TCP, EXIT, "recv_exit_stream", "inet_recvmsg" },
	{ POINT_recv_exit, RANK_UDP, EXIT, "recv_exit_call", CALL_FUNCTION "recvfrom" },
	{ POINT_recv_exit, RANK_UDP, EXIT, "recv_exit_message", CALL_FUNCTION "recvmsg" },
	{ POINT_recv_exit, RANK_USUAL, TRACEPOINT, "call_exit", "sys_exit" },
	{ POINT_kick, RANK_USUAL, TRACEPOINT, "call_enter", "sys_enter", NEEDS_NO_KVM },
	{ POINT_kick, RANK_USUAL, ENTRY, "kick_signalled", "ioeventfd_write", NEEDS_KVM, "kvm" },
	{ POINT_kick, RANK_OTHER, TRACEPOINT, "kick_mmio", "kvm_mmio", NEEDS_KVM, "kvm" },
	{ POINT_kick, RANK_OTHER, TRACEPOINT, "kick_fast", "kvm_fast_mmio", NEEDS_KVM, "kvm" },
	{ POINT_vmm_in, RANK_USUAL, TRACEPOINT, "call_exit", "sys_exit" },
	{ POINT_vmm_in, RANK_USUAL, TRACEPOINT, "vhost_in", "skb_copy_datagram_iovec", NEEDS_VHOST },
	{ POINT_vmm_out, RANK_USUAL, TRACEPOINT, "call_enter", "sys_enter" },
	{ POINT_vmm_out, RANK_USUAL, ENTRY, "vhost_out_tap", "tun_sendmsg", NEEDS_VHOST, "tun" },
	{ POINT_vmm_out, RANK_USUAL, ENTRY, "vhost_out_macvtap", "tap_sendmsg", NEEDS_VHOST, "tap" },
	{ POINT_xdp_in, RANK_USUAL, TRACEPOINT, "xdp_in", "xdp_redirect" },
	{ POINT_xdp_out, RANK_USUAL, TRACEPOINT, "xdp_out", "xdp_devmap_xmit" },
	{ POINT_driver_enter, RANK_USUAL, ENTRY, "driver_enter", "start_xmit" },
	{ POINT_driver_enter, RANK_OTHER, TRACEPOINT, "driver_enter_any", "net_dev_start_xmit" },
	{ POINT_driver_exit, RANK_USUAL, EXIT, "driver_exit", "start_xmit" },
	{ POINT_driver_exit, RANK_OTHER, TRACEPOINT, "driver_exit_any", "net_dev_xmit" },
	{ POINT_free, RANK_USUAL, TRACEPOINT, "free_consumed", "consume_skb" },
	{ POINT_free, RANK_USUAL, TRACEPOINT, "free_dropped", "kfree_skb" },
	{ POINT_irq_enter, RANK_USUAL, TRACEPOINT, "irq_enter", "irq_handler_entry" },
	{ POINT_irq_exit, RANK_USUAL, TRACEPOINT, "irq_exit", "irq_handler_exit" },
	{ POINT_softirq_enter, RANK_USUAL, TRACEPOINT, "softirq_enter", "softirq_entry" },
	{ POINT_softirq_exit, RANK_USUAL, TRACEPOINT, "softirq_exit", "softirq_exit" },
	{ POINT_switch, RANK_USUAL, TRACEPOINT, "switch_all", "sched_switch" },
	{ POINT_gro, RANK_USUAL, TRACEPOINT, "gro", "napi_gro_receive_entry" },
	{ POINT_dev_done, RANK_USUAL, TRACEPOINT, "dev_done", "net_dev_xmit" },
	{ POINT_guest_irq, RANK_USUAL, TRACEPOINT, "guest_irq", "kvm_msi_set_irq", NEEDS_KVM, "kvm" },
	{ POINT_guest_irq, RANK_OTHER, ENTRY, "guest_irq_wakeup", "irqfd_wakeup", NEEDS_KVM, "kvm" },
};
const int n_ways = sizeof(ways) / sizeof(ways[0]);
_Static_assert(sizeof(ways) / sizeof(ways[0]) <= 64, "a set of ways is a word of 64 bits");

const char *point_name(int point)
{
	return points[point].name;
}

const char *point_meaning(int point)
{
	return points[point].meaning;
}

int find_point(const char *name)
{
	for (int i = 1; i < N_POINTS; i++)
		if (!strcmp(points[i].name, name))
			return i;
	return 0;
}

const char *way_name(enum way_kind kind)
{
	static const char *const names[] = { [TRACEPOINT] = "tp_btf", [ENTRY] = "fentry", [EXIT] = "fexit", [PROBE] = "kprobe" };

	return names[kind];
}
