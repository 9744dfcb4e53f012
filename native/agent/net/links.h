/* SPDX-License-Identifier: GPL-2.0-only */
/* What the agent asks of rtnetlink, each in one call. */
#ifndef HOPLAB_LINKS_H
#define HOPLAB_LINKS_H

#include <linux/rtnetlink.h>

#include "address.h"

struct link {
	int index;
	unsigned flags, mtu;
	/* carrier: also of a device that is down, whose flags do not tell. */
	bool has_mac, carrier;
	unsigned char mac[6];
	char name[16];
	struct rtnl_link_stats64 stats;
};

/* All return 0 or a negative errno. */
int netlink_links(void (*visit)(const struct link *, void *), void *ctx);
int netlink_link_up(int index);
int netlink_address(int index, const struct address *a);
int netlink_route(int index, const struct address *to, const struct address *via);
int netlink_neighbour(int index, const struct address *a, const unsigned char mac[6]);

/* The socket on which the kernel tells of links that come, change and go. */
int net_open_events(void);
void net_read_events(int fd);
int net_loopback_up(void);

#endif
