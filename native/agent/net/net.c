// SPDX-License-Identifier: GPL-2.0-only
/* The orders about NICs: found by MAC, set up over rtnetlink, counted. */
#include "../pending.h"
#include "../reply.h"
#include "../verbs.h"
#include "../words.h"
#include "links.h"
#include "named.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef IFF_LOWER_UP
#define IFF_LOWER_UP 0x10000 /* musl has it; glibc leaves it to linux/if.h, which does not go with its own net/if.h */
#endif

/*
 * IFF_RUNNING says that the queues are open, but for a carrier that came before the device was set up the kernel says
 * it up to a second late (net/core/link_watch.c: what is not urgent is told once a second).
 */
static bool is_usable(const struct pending *p, const struct link *l)
{
	return l->flags & IFF_RUNNING || (p->activated && l->flags & IFF_LOWER_UP);
}

static void finish(const struct order *o, int err)
{
	if (err)
		reply_error(o->id, "%s %s: %s", o->verb, o->argv[0], strerror(-err));
	else
		reply_text(o->id, "");
}

struct by_mac {
	const unsigned char *mac;
	struct link found;
};

static void match_mac(const struct link *l, void *ctx)
{
	struct by_mac *want = ctx;

	if (!want->found.index && l->has_mac && !memcmp(l->mac, want->mac, 6))
		want->found = *l;
}

/* index 0: no NIC has this MAC. */
static int find_mac(const unsigned char *mac, struct link *out)
{
	struct by_mac want = { .mac = mac };
	int err = netlink_links(match_mac, &want);

	*out = want.found;
	return err;
}

static bool check_nic_up(struct pending *p, bool expired)
{
	struct link l;
	int err = find_mac(p->mac, &l);

	if (!err && l.index && !p->configured) {
		p->activated = l.carrier;
		err = netlink_link_up(l.index);
		if (!err && p->address.len)
			err = netlink_address(l.index, &p->address);
		if (err == -EEXIST)
			err = 0;
		p->configured = true;
		if (!err)
			err = find_mac(p->mac, &l);
	}
	if (err)
		reply_error(p->id, "nic-up: %s: %s", l.index ? l.name : "links", strerror(-err));
	else if (l.index && is_usable(p, &l))
		reply_text(p->id, l.name);
	else if (expired && l.index)
		reply_error(p->id, "nic-up: %s is there, but had no carrier within %ld ms", l.name, p->timeout_ms);
	else if (expired)
		reply_error(p->id, "nic-up: no NIC with this MAC appeared within %ld ms", p->timeout_ms);
	else
		return false;
	return true;
}

static bool check_nic_gone(struct pending *p, bool expired)
{
	struct link l;
	int err = find_mac(p->mac, &l);

	if (err)
		reply_error(p->id, "nic-gone: links: %s", strerror(-err));
	else if (!l.index)
		reply_text(p->id, "");
	else if (expired)
		reply_error(p->id, "nic-gone: %s is still there after %ld ms", l.name, p->timeout_ms);
	else
		return false;
	return true;
}

static void nic_up(const struct order *o)
{
	struct pending *p = pending_new(o, o->values[2].number, check_nic_up);

	if (!p)
		return;
	memcpy(p->mac, o->values[0].mac, sizeof(p->mac));
	p->address = o->values[1].address;
	pending_run(p);
}

static void nic_gone(const struct order *o)
{
	struct pending *p = pending_new(o, o->values[1].number, check_nic_gone);

	if (!p)
		return;
	memcpy(p->mac, o->values[0].mac, sizeof(p->mac));
	pending_run(p);
}

static void address(const struct order *o)
{
	finish(o, netlink_address((int)o->values[0].number, &o->values[1].address));
}

static void route(const struct order *o)
{
	struct address to = o->values[1].address;
	const struct address *via = &o->values[2].address;

	if (via->len && !strcmp(o->argv[1], "default")) {
		to.family = via->family;
		to.len = via->len;
	}
	if (via->len && to.family != via->family)
		reply_error(o->id, "route: destination and gateway are of different families");
	else
		finish(o, netlink_route((int)o->values[0].number, &to, via->len ? via : NULL));
}

static void neigh(const struct order *o)
{
	finish(o, netlink_neighbour((int)o->values[0].number, &o->values[1].address, o->values[2].mac));
}

/* A datagram to the discard port: what is behind the NIC learns the guest's MAC before it must send to it. */
static void announce(const struct order *o)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	memcpy(&to.sin_addr, o->values[0].address.bytes, sizeof(to.sin_addr));
	if (fd < 0) {
		finish(o, -errno);
		return;
	}
	finish(o, sendto(fd, "", 1, 0, (struct sockaddr *)&to, sizeof(to)) < 0 ? -errno : 0);
	close(fd);
}

static void add_counters(const struct link *l, void *ctx)
{
	const struct rtnl_link_stats64 *s = &l->stats;
	struct buf *b = ctx;

	buf_printf(b, "%s{\"name\":", b->len > 1 ? "," : "");
	buf_json(b, l->name);
	buf_printf(b, ",\"mac\":\"%02x:%02x:%02x:%02x:%02x:%02x\",\"index\":%d,\"mtu\":%u,\"up\":%s", l->mac[0], l->mac[1],
		   l->mac[2], l->mac[3], l->mac[4], l->mac[5], l->index, l->mtu, l->flags & IFF_UP ? "true" : "false");
	buf_printf(b, ",\"rxPackets\":%llu,\"rxBytes\":%llu,\"rxErrors\":%llu,\"rxDropped\":%llu", s->rx_packets,
		   s->rx_bytes, s->rx_errors, s->rx_dropped);
	buf_printf(b, ",\"txPackets\":%llu,\"txBytes\":%llu,\"txErrors\":%llu,\"txDropped\":%llu}", s->tx_packets,
		   s->tx_bytes, s->tx_errors, s->tx_dropped);
}

static void counters(const struct order *o)
{
	struct buf b = { 0 };
	int err;

	buf_add(&b, "[", 1);
	err = netlink_links(add_counters, &b);
	buf_add(&b, "]", 1);
	if (!err) {
		reply_buf(o->id, &b);
		return;
	}
	reply_error(o->id, "counters: %s", strerror(-err));
	buf_free(&b);
}

const struct verb net_verbs[] = {
	{ .name = "nic-up", .words = { WORD("MAC", take_mac), WORD("ADDR/PREFIX|-", take_address_or_none), WORD("MS", take_timeout) },
	  .serve = nic_up, .wrong = "needs MAC ADDR/PREFIX|- MS, not \"%.40s %.60s\"", .shown = 0,
	  .help = "waits for the NIC, sets it up with this address; its name" },
	{ .name = "nic-gone", .words = { WORD("MAC", take_mac), WORD("MS", take_timeout) }, .serve = nic_gone,
	  .wrong = "not a MAC address: \"%.40s\"", .shown = 0, .help = "waits until no NIC has this MAC" },
	{ .name = "address", .words = { WORD("IF", take_interface), WORD("ADDR/PREFIX", take_address) }, .serve = address,
	  .wrong = "not ADDR/PREFIX: \"%.60s\"", .shown = 1, .help = "one more address" },
	{ .name = "route",
	  .words = { WORD("IF", take_interface), WORD("DEST/PREFIX|default", take_address), WORD("GATEWAY|-", take_address_or_none) },
	  .serve = route, .wrong = "needs IF DEST/PREFIX|default GATEWAY|-, not \"%.60s %.60s\"", .shown = 1, .help = "one more route" },
	{ .name = "neigh", .words = { WORD("IF", take_interface), WORD("ADDR", take_address), WORD("MAC", take_mac) }, .serve = neigh,
	  .wrong = "needs IF ADDR MAC, not \"%.60s %.40s\"", .shown = 1, .help = "a permanent neighbour" },
	{ .name = "announce", .words = { WORD("ADDR", take_ipv4) }, .serve = announce, .wrong = "not an IPv4 address: \"%.60s\"",
	  .shown = 0, .help = "sends one datagram there, so that the link learns the guest's MAC" },
	{ .name = "counters", .serve = counters, .help = "JSON: every interface" },
	{ 0 },
};
