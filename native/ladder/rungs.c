// SPDX-License-Identifier: GPL-2.0-only
/* The names of the rungs, as the plan and the results write them. */
#include "ladder.h"

#include <string.h>

static const char *const names[N_RUNGS] = {
	[RUNG_LINK] = "link",
	[RUNG_ARP] = "arp",
	[RUNG_ICMP] = "icmp",
	[RUNG_UDP_SMALL] = "udp-small",
	[RUNG_UDP_LARGE] = "udp-large",
	[RUNG_TCP_CONNECT] = "tcp-connect",
	[RUNG_TCP_SMALL] = "tcp-small",
	[RUNG_TCP_BULK] = "tcp-bulk",
	[RUNG_MTU] = "mtu",
	[RUNG_VLAN] = "vlan",
	[RUNG_ND] = "nd",
	[RUNG_IPV6] = "ipv6",
	[RUNG_IPV6_UDP] = "ipv6-udp",
	[RUNG_IPV6_TCP] = "ipv6-tcp",
	[RUNG_BROADCAST] = "broadcast",
	[RUNG_MULTICAST] = "multicast",
};

const char *rung_name(enum rung rung)
{
	return names[rung];
}

/* -1 = no such rung. */
int find_rung(const char *name)
{
	for (int i = 0; i < N_RUNGS; i++)
		if (!strcmp(names[i], name))
			return i;
	return -1;
}
