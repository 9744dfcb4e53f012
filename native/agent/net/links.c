// SPDX-License-Identifier: GPL-2.0-only
/* What the agent asks of rtnetlink. */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include "links.h"
#include "netlink.h"

struct visitor {
	void (*visit)(const struct link *, void *);
	void *ctx;
};

/* Copies the attribute, if there is one, as far as both know it: the statistics grow with kernels. */
static bool copy(void *to, size_t size, const struct nlmsghdr *h, int type)
{
	const struct nlattr *a = find_attribute(h, sizeof(struct ifinfomsg), type);
	size_t len = value_bytes(a);

	memcpy(to, value_of(a, 0) ?: "", len < size ? len : size);
	return len == size;
}

static bool visit_link(const struct nlmsghdr *h, void *ctx)
{
	const struct ifinfomsg *info = NLMSG_DATA(h);
	const struct visitor *v = ctx;
	struct link l = { .index = info->ifi_index, .flags = info->ifi_flags };

	if (h->nlmsg_type != RTM_NEWLINK)
		return true;
	copy(l.name, sizeof(l.name) - 1, h, IFLA_IFNAME);
	l.has_mac = copy(l.mac, sizeof(l.mac), h, IFLA_ADDRESS);
	copy(&l.carrier, sizeof(l.carrier), h, IFLA_CARRIER);
	copy(&l.mtu, sizeof(l.mtu), h, IFLA_MTU);
	copy(&l.stats, sizeof(l.stats), h, IFLA_STATS64);
	v->visit(&l, v->ctx);
	return true;
}

int netlink_links(void (*visit)(const struct link *, void *), void *ctx)
{
	struct visitor v = { visit, ctx };
	struct request r = new_request(RTM_GETLINK, NLM_F_DUMP, sizeof(r.link));

	return ask_kernel(NETLINK_ROUTE, &r, visit_link, &v);
}

int netlink_link_up(int index)
{
	struct request r = new_request(RTM_NEWLINK, NLM_F_ACK, sizeof(r.link));

	r.link.ifi_index = index;
	r.link.ifi_flags = r.link.ifi_change = IFF_UP;
	return ask_kernel(NETLINK_ROUTE, &r, NULL, NULL);
}

int netlink_address(int index, const struct address *a)
{
	struct request r = new_request(RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, sizeof(r.address));

	r.address.ifa_family = (unsigned char)a->family;
	r.address.ifa_prefixlen = (unsigned char)a->prefix;
	r.address.ifa_index = (unsigned)index;
	add_attribute(&r, IFA_LOCAL, a->bytes, (size_t)a->len);
	add_attribute(&r, IFA_ADDRESS, a->bytes, (size_t)a->len);
	return ask_kernel(NETLINK_ROUTE, &r, NULL, NULL);
}

int netlink_route(int index, const struct address *to, const struct address *via)
{
	struct request r = new_request(RTM_NEWROUTE, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE, sizeof(r.route));

	r.route.rtm_family = (unsigned char)to->family;
	r.route.rtm_dst_len = (unsigned char)to->prefix;
	r.route.rtm_table = RT_TABLE_MAIN;
	r.route.rtm_protocol = RTPROT_STATIC;
	r.route.rtm_type = RTN_UNICAST;
	r.route.rtm_scope = via ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
	if (to->prefix)
		add_attribute(&r, RTA_DST, to->bytes, (size_t)to->len);
	if (via)
		add_attribute(&r, RTA_GATEWAY, via->bytes, (size_t)via->len);
	add_attribute(&r, RTA_OIF, &index, sizeof(index));
	return ask_kernel(NETLINK_ROUTE, &r, NULL, NULL);
}

int netlink_neighbour(int index, const struct address *a, const unsigned char mac[6])
{
	struct request r = new_request(RTM_NEWNEIGH, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE, sizeof(r.neighbour));

	r.neighbour.ndm_family = (unsigned char)a->family;
	r.neighbour.ndm_ifindex = index;
	r.neighbour.ndm_state = NUD_PERMANENT;
	add_attribute(&r, NDA_DST, a->bytes, (size_t)a->len);
	add_attribute(&r, NDA_LLADDR, mac, 6);
	return ask_kernel(NETLINK_ROUTE, &r, NULL, NULL);
}

int net_open_events(void)
{
	int fd = open_netlink(NETLINK_ROUTE, RTMGRP_LINK);

	if (fd >= 0)
		fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

/* What happened is not read, but looked up afterwards: the queue may have overflowed. */
void net_read_events(int fd)
{
	char drop[8192];

	while (recv(fd, drop, sizeof(drop), 0) > 0 || errno == ENOBUFS || errno == EINTR)
		;
}

int net_loopback_up(void)
{
	return netlink_link_up((int)if_nametoindex("lo"));
}
