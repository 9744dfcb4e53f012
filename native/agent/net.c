// SPDX-License-Identifier: GPL-2.0-only
/* The orders about NICs: found by MAC, set up over rtnetlink, counted. */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "agent.h"
#include "links.h"

#define CARRIER IFF_RUNNING

static bool parse_mac(const char *text, unsigned char mac[6])
{
	int end = 0;

	return sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &mac[0], &mac[1], &mac[2], &mac[3], &mac[4],
		      &mac[5], &end) == 6 && !text[end] && end == 17;
}

/* "10.0.0.2/24", "fd00::2/64", "default", and without a prefix a single address. */
static bool parse_address(const char *text, struct address *a)
{
	char host[64];
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	int64_t prefix;

	memset(a, 0, sizeof(*a));
	if (!strcmp(text, "default")) {
		a->family = AF_INET;
		a->len = 4;
		return true;
	}
	if (len >= sizeof(host))
		return false;
	memcpy(host, text, len);
	host[len] = '\0';
	a->family = strchr(host, ':') ? AF_INET6 : AF_INET;
	a->len = a->family == AF_INET6 ? 16 : 4;
	prefix = a->len * 8;
	if (inet_pton(a->family, host, a->bytes) != 1)
		return false;
	if (slash && !parse_number(slash + 1, 0, a->len * 8, &prefix))
		return false;
	a->prefix = (int)prefix;
	return true;
}

static int find_if(const struct order *o, const char *name)
{
	int index = (int)if_nametoindex(name);

	if (!index)
		reply_error(o->id, "%s: there is no interface \"%.40s\"", o->verb, name);
	return index;
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
	struct address a;
	int err = find_mac(p->mac, &l);

	if (!err && l.index && !p->configured) {
		err = netlink_link_up(l.index);
		if (!err && p->address[0] && parse_address(p->address, &a))
			err = netlink_address(l.index, &a);
		if (err == -EEXIST)
			err = 0;
		p->configured = true;
		if (!err)
			err = find_mac(p->mac, &l);
	}
	if (err)
		reply_error(p->id, "nic-up: %s: %s", l.index ? l.name : "links", strerror(-err));
	else if (l.index && l.flags & CARRIER)
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
	struct pending *p;
	struct address a;
	unsigned char mac[6];
	bool bare = !strcmp(o->argv[1], "-");

	if (!parse_mac(o->argv[0], mac) || (!bare && (!parse_address(o->argv[1], &a) || strlen(o->argv[1]) > 63))) {
		reply_error(o->id, "nic-up: needs MAC ADDR/PREFIX|- MS, not \"%.40s %.60s\"", o->argv[0], o->argv[1]);
		return;
	}
	p = pending_new(o, o->argv[2], check_nic_up);
	if (!p)
		return;
	memcpy(p->mac, mac, 6);
	if (!bare)
		strcpy(p->address, o->argv[1]);
	pending_run(p);
}

static void nic_gone(const struct order *o)
{
	struct pending *p;
	unsigned char mac[6];

	if (!parse_mac(o->argv[0], mac)) {
		reply_error(o->id, "nic-gone: not a MAC address: \"%.40s\"", o->argv[0]);
		return;
	}
	p = pending_new(o, o->argv[1], check_nic_gone);
	if (!p)
		return;
	memcpy(p->mac, mac, 6);
	pending_run(p);
}

static void address(const struct order *o)
{
	struct address a;
	int index = find_if(o, o->argv[0]);

	if (!index)
		return;
	if (!parse_address(o->argv[1], &a))
		reply_error(o->id, "address: not ADDR/PREFIX: \"%.60s\"", o->argv[1]);
	else
		finish(o, netlink_address(index, &a));
}

static void route(const struct order *o)
{
	struct address to, via;
	bool direct = !strcmp(o->argv[2], "-");
	int index = find_if(o, o->argv[0]);

	if (!index)
		return;
	if (!parse_address(o->argv[1], &to) || (!direct && !parse_address(o->argv[2], &via))) {
		reply_error(o->id, "route: needs IF DEST/PREFIX|default GATEWAY|-, not \"%.60s %.60s\"", o->argv[1],
			    o->argv[2]);
		return;
	}
	if (!direct && !strcmp(o->argv[1], "default")) {
		to.family = via.family;
		to.len = via.len;
	}
	if (!direct && to.family != via.family)
		reply_error(o->id, "route: destination and gateway are of different families");
	else
		finish(o, netlink_route(index, &to, direct ? NULL : &via));
}

static void neigh(const struct order *o)
{
	struct address a;
	unsigned char mac[6];
	int index = find_if(o, o->argv[0]);

	if (!index)
		return;
	if (!parse_address(o->argv[1], &a) || !parse_mac(o->argv[2], mac))
		reply_error(o->id, "neigh: needs IF ADDR MAC, not \"%.60s %.40s\"", o->argv[1], o->argv[2]);
	else
		finish(o, netlink_neighbour(index, &a, mac));
}

/* A datagram to the discard port: what is behind the NIC learns the guest's MAC before it must send to it. */
static void announce(const struct order *o)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9) };
	int fd;

	if (inet_pton(AF_INET, o->argv[0], &to.sin_addr) != 1) {
		reply_error(o->id, "announce: not an IPv4 address: \"%.60s\"", o->argv[0]);
		return;
	}
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
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
	{ "nic-up", 3, false, nic_up },
	{ "nic-gone", 2, false, nic_gone },
	{ "address", 2, false, address },
	{ "route", 3, false, route },
	{ "neigh", 3, false, neigh },
	{ "announce", 1, false, announce },
	{ "counters", 0, false, counters },
	{ "features", 1, false, offload_features },
	{ "feature", 3, false, offload_feature },
	{ 0 },
};
