// SPDX-License-Identifier: GPL-2.0-only
/* rtnetlink: one request, its answer, no library. */
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netlink.h"

struct request {
	struct nlmsghdr h;
	union {
		struct ifinfomsg link;
		struct ifaddrmsg addr;
		struct rtmsg route;
		struct ndmsg neigh;
		char room[256];
	};
};

static int request_fd = -1;
static unsigned sequence;

static int netlink_open(unsigned groups)
{
	struct sockaddr_nl local = { .nl_family = AF_NETLINK, .nl_groups = groups };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | (groups ? SOCK_NONBLOCK : 0), NETLINK_ROUTE);

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&local, sizeof(local)) < 0) {
		int err = -errno;

		close(fd);
		return err;
	}
	return fd;
}

static void start(struct request *r, int type, int flags, size_t body)
{
	memset(r, 0, sizeof(*r));
	r->h.nlmsg_len = NLMSG_LENGTH(body);
	r->h.nlmsg_type = (unsigned short)type;
	r->h.nlmsg_flags = (unsigned short)(NLM_F_REQUEST | flags);
}

static void attribute(struct request *r, int type, const void *data, size_t len)
{
	struct rtattr *a = (struct rtattr *)((char *)r + NLMSG_ALIGN(r->h.nlmsg_len));

	a->rta_type = (unsigned short)type;
	a->rta_len = (unsigned short)RTA_LENGTH(len);
	memcpy(RTA_DATA(a), data, len);
	r->h.nlmsg_len = NLMSG_ALIGN(r->h.nlmsg_len) + RTA_ALIGN(a->rta_len);
}

/* Sends the request and visits its answers until the kernel has said that they are all. */
static int talk(struct request *r, void (*visit)(const struct nlmsghdr *, void *), void *ctx)
{
	static char answer[65536];

	if (request_fd < 0)
		request_fd = netlink_open(0);
	if (request_fd < 0)
		return request_fd;
	r->h.nlmsg_seq = ++sequence;
	if (send(request_fd, r, r->h.nlmsg_len, 0) < 0)
		return -errno;
	for (;;) {
		ssize_t got = recv(request_fd, answer, sizeof(answer), 0);
		unsigned len = (unsigned)got;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		for (struct nlmsghdr *h = (struct nlmsghdr *)answer; NLMSG_OK(h, len); h = NLMSG_NEXT(h, len)) {
			if (h->nlmsg_seq != sequence)
				continue;
			if (h->nlmsg_type == NLMSG_DONE)
				return 0;
			if (h->nlmsg_type == NLMSG_ERROR)
				return ((struct nlmsgerr *)NLMSG_DATA(h))->error;
			if (visit)
				visit(h, ctx);
		}
	}
}

struct visitor {
	void (*visit)(const struct link *, void *);
	void *ctx;
};

static void visit_link(const struct nlmsghdr *h, void *ctx)
{
	const struct ifinfomsg *info = NLMSG_DATA(h);
	const struct visitor *v = ctx;
	struct link l = { .index = info->ifi_index, .flags = info->ifi_flags };
	int left = (int)IFLA_PAYLOAD(h);

	if (h->nlmsg_type != RTM_NEWLINK)
		return;
	for (const struct rtattr *a = IFLA_RTA(info); RTA_OK(a, left); a = RTA_NEXT(a, left)) {
		size_t len = RTA_PAYLOAD(a);

		if (a->rta_type == IFLA_IFNAME && len <= sizeof(l.name)) {
			memcpy(l.name, RTA_DATA(a), len);
			l.name[sizeof(l.name) - 1] = '\0';
		} else if (a->rta_type == IFLA_ADDRESS && len == sizeof(l.mac)) {
			memcpy(l.mac, RTA_DATA(a), len);
			l.has_mac = true;
		} else if (a->rta_type == IFLA_MTU && len == sizeof(l.mtu)) {
			memcpy(&l.mtu, RTA_DATA(a), len);
		} else if (a->rta_type == IFLA_STATS64) {
			/* The structure grows with kernels: take what both know. */
			memcpy(&l.stats, RTA_DATA(a), len < sizeof(l.stats) ? len : sizeof(l.stats));
		}
	}
	v->visit(&l, v->ctx);
}

int netlink_links(void (*visit)(const struct link *, void *), void *ctx)
{
	struct visitor v = { visit, ctx };
	struct request r;

	start(&r, RTM_GETLINK, NLM_F_DUMP, sizeof(r.link));
	return talk(&r, visit_link, &v);
}

int netlink_link_up(int index)
{
	struct request r;

	start(&r, RTM_NEWLINK, NLM_F_ACK, sizeof(r.link));
	r.link.ifi_index = index;
	r.link.ifi_flags = r.link.ifi_change = IFF_UP;
	return talk(&r, NULL, NULL);
}

int netlink_address(int index, const struct address *a)
{
	struct request r;

	start(&r, RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, sizeof(r.addr));
	r.addr.ifa_family = (unsigned char)a->family;
	r.addr.ifa_prefixlen = (unsigned char)a->prefix;
	r.addr.ifa_index = (unsigned)index;
	attribute(&r, IFA_LOCAL, a->bytes, (size_t)a->len);
	attribute(&r, IFA_ADDRESS, a->bytes, (size_t)a->len);
	return talk(&r, NULL, NULL);
}

int netlink_route(int index, const struct address *to, const struct address *via)
{
	struct request r;

	start(&r, RTM_NEWROUTE, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE, sizeof(r.route));
	r.route.rtm_family = (unsigned char)to->family;
	r.route.rtm_dst_len = (unsigned char)to->prefix;
	r.route.rtm_table = RT_TABLE_MAIN;
	r.route.rtm_protocol = RTPROT_STATIC;
	r.route.rtm_type = RTN_UNICAST;
	r.route.rtm_scope = via ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
	if (to->prefix)
		attribute(&r, RTA_DST, to->bytes, (size_t)to->len);
	if (via)
		attribute(&r, RTA_GATEWAY, via->bytes, (size_t)via->len);
	attribute(&r, RTA_OIF, &index, sizeof(index));
	return talk(&r, NULL, NULL);
}

int netlink_neighbour(int index, const struct address *a, const unsigned char mac[6])
{
	struct request r;

	start(&r, RTM_NEWNEIGH, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE, sizeof(r.neigh));
	r.neigh.ndm_family = (unsigned char)a->family;
	r.neigh.ndm_ifindex = index;
	r.neigh.ndm_state = NUD_PERMANENT;
	attribute(&r, NDA_DST, a->bytes, (size_t)a->len);
	attribute(&r, NDA_LLADDR, mac, 6);
	return talk(&r, NULL, NULL);
}

/* The socket on which the kernel tells of links that come, change and go. */
int net_open_events(void)
{
	return netlink_open(RTMGRP_LINK);
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
