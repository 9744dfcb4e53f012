/* SPDX-License-Identifier: GPL-2.0-only */
/* What the agent asks of rtnetlink and ethtool, each in one call. */
#ifndef HOPLAB_LINKS_H
#define HOPLAB_LINKS_H

#include <linux/rtnetlink.h>

#include "agent.h"

struct address {
	int family, len, prefix; /* len in bytes: 4 or 16 */
	unsigned char bytes[16];
};

struct link {
	int index;
	unsigned flags, mtu;
	bool has_mac;
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

void offload_features(const struct order *o);
void offload_feature(const struct order *o);

#endif
