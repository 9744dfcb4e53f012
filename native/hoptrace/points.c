// SPDX-License-Identifier: GPL-2.0-only
/* The table of points, and by which programs each can be had. */
#include "loader.h"

#include <string.h>

static const struct { const char *name, *meaning; } points[N_POINTS] = {
	[POINT_none] = { "", "" },
#define POINT(name_, meaning_) [POINT_##name_] = { #name_, meaning_ },
	TRACE_POINTS(POINT)
#undef POINT
};

const struct way ways[] = {
	{ POINT_send_enter, 0, TRACEPOINT, "send_enter", "sys_enter" },
	{ POINT_sock_send, 0, TRACEPOINT, "sock_send", "sock_send_length" }, /* since Linux 6.3 */
	{ POINT_sock_send, 1, EXIT, "sock_send_tcp", "tcp_sendmsg" },
	{ POINT_sock_send, 1, EXIT, "sock_send_udp", "udp_sendmsg" },
	{ POINT_dev_queue, 0, TRACEPOINT, "dev_queue", "net_dev_queue" },
	{ POINT_dev_xmit, 0, TRACEPOINT, "dev_xmit", "net_dev_start_xmit" },
	{ POINT_netif_rx, 0, TRACEPOINT, "netif_rx", "netif_rx" },
	{ POINT_netif_receive, 0, TRACEPOINT, "netif_receive", "netif_receive_skb" },
	{ POINT_data_ready, 0, TRACEPOINT, "data_ready", "sk_data_ready" }, /* since Linux 6.3 */
	{ POINT_data_ready, 1, ENTRY, "data_ready_entry", "sock_def_readable" },
	{ POINT_waking, 0, TRACEPOINT, "waking", "sched_waking" },
	{ POINT_switch_in, 0, TRACEPOINT, "switch_in", "sched_switch" },
	{ POINT_recv_exit, 0, TRACEPOINT, "recv_exit", "sys_exit" },
	{ POINT_kick, 0, TRACEPOINT, "kick", "sys_enter" },
	{ POINT_vmm_in, 0, TRACEPOINT, "vmm_in", "sys_exit" },
	{ POINT_vmm_out, 0, TRACEPOINT, "vmm_out", "sys_enter" },
	{ POINT_xdp_in, 0, TRACEPOINT, "xdp_in", "xdp_redirect" },
	{ POINT_xdp_out, 0, TRACEPOINT, "xdp_out", "xdp_devmap_xmit" },
	{ POINT_driver_enter, 0, ENTRY, "driver_enter", "start_xmit" },
	{ POINT_driver_exit, 0, EXIT, "driver_exit", "start_xmit" },
	{ POINT_free, 0, TRACEPOINT, "free_consumed", "consume_skb" },
	{ POINT_free, 0, TRACEPOINT, "free_dropped", "kfree_skb" },
	{ POINT_irq_enter, 0, TRACEPOINT, "irq_enter", "irq_handler_entry" },
	{ POINT_irq_exit, 0, TRACEPOINT, "irq_exit", "irq_handler_exit" },
	{ POINT_softirq_enter, 0, TRACEPOINT, "softirq_enter", "softirq_entry" },
	{ POINT_softirq_exit, 0, TRACEPOINT, "softirq_exit", "softirq_exit" },
	{ POINT_switch, 0, TRACEPOINT, "switch_all", "sched_switch" },
	{ POINT_gro, 0, TRACEPOINT, "gro", "napi_gro_receive_entry" },
	{ POINT_dev_done, 0, TRACEPOINT, "dev_done", "net_dev_xmit" },
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
	static const char *const names[] = { [TRACEPOINT] = "tp_btf", [ENTRY] = "fentry", [EXIT] = "fexit" };

	return names[kind];
}
