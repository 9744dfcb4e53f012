// SPDX-License-Identifier: GPL-2.0-only
/* Climbs the rungs of the plan in their order, and says how each went. */
#include "climb.h"
#include "result.h"
#include "roles.h"
#include "sockets.h"

#include <string.h>
#include <unistd.h>

/* Where nothing at all was answered up to ICMP, or what a rung stands on has failed. */
#define HOPELESS_LIMIT_MS 400
#define HOPELESS_TRIES 2

static int climb_link(struct climb *c, struct result *r, const struct wish *wish)
{
	(void)wish;
	if (c->device_err)
		return c->device_err;
	r->passed = c->device.up && c->device.carrier;
	say(r, "%s is %s, with%s carrier", c->plan->device, c->device.up ? "up" : "down", c->device.carrier ? "" : "out");
	return 0;
}

static int (*const climbers[N_RUNGS])(struct climb *, struct result *, const struct wish *) = {
	[RUNG_LINK] = climb_link,
	[RUNG_ARP] = climb_arp,
	[RUNG_ICMP] = climb_icmp,
	[RUNG_UDP_SMALL] = climb_udp_small,
	[RUNG_UDP_LARGE] = climb_udp_large,
	[RUNG_TCP_CONNECT] = climb_tcp_connect,
	[RUNG_TCP_SMALL] = climb_tcp_small,
	[RUNG_TCP_BULK] = climb_tcp_bulk,
	[RUNG_MTU] = climb_mtu,
	[RUNG_VLAN] = climb_vlan,
	[RUNG_ND] = climb_nd,
	[RUNG_IPV6] = climb_ipv6,
	[RUNG_IPV6_UDP] = climb_ipv6_udp,
	[RUNG_IPV6_TCP] = climb_ipv6_tcp,
	[RUNG_BROADCAST] = climb_broadcast,
	[RUNG_MULTICAST] = climb_multicast,
};

/* What a rung stands on: it cannot be expected to pass where that failed, and is tried with less patience. */
static const struct { enum rung rung, stands_on; } supports[] = {
	{ RUNG_UDP_LARGE, RUNG_UDP_SMALL }, { RUNG_BROADCAST, RUNG_UDP_SMALL }, { RUNG_MULTICAST, RUNG_UDP_SMALL },
	{ RUNG_IPV6_UDP, RUNG_UDP_SMALL }, { RUNG_TCP_SMALL, RUNG_TCP_CONNECT }, { RUNG_TCP_BULK, RUNG_TCP_CONNECT },
	{ RUNG_TCP_BULK, RUNG_TCP_SMALL }, { RUNG_IPV6_TCP, RUNG_TCP_CONNECT }, { RUNG_IPV6, RUNG_ND },
	{ RUNG_IPV6_UDP, RUNG_ND }, { RUNG_IPV6_TCP, RUNG_ND },
};

static struct wish patience(const struct climb *c, enum rung rung)
{
	struct wish wish = c->plan->wish[rung];
	bool hopeless = c->tried[RUNG_ICMP] && !c->alive;

	for (size_t i = 0; i < sizeof(supports) / sizeof(supports[0]); i++) {
		enum rung below = supports[i].stands_on;

		if (supports[i].rung == rung && c->tried[below] && !c->passed[below])
			hopeless = true;
	}
	if (hopeless) {
		wish.limit_ms = wish.limit_ms < HOPELESS_LIMIT_MS ? wish.limit_ms : HOPELESS_LIMIT_MS;
		wish.tries = wish.tries < HOPELESS_TRIES ? wish.tries : HOPELESS_TRIES;
	}
	return wish;
}

static void climb_one(struct climb *c, enum rung rung)
{
	struct result r;
	struct wish wish = patience(c, rung);
	int64_t start = now_us();
	int err;

	start_result(&r, rung);
	forget_errors(c);
	err = climbers[rung](c, &r, &wish);
	if (err) {
		r.passed = false;
		r.err = -err;
		say(&r, "could not be tried: %s", strerror(-err));
	}
	c->tried[rung] = true;
	c->passed[rung] = r.passed;
	print_result(&r, (now_us() - start) / 1e3);
}

int run_climb(const struct plan *plan)
{
	struct climb c = { .plan = plan };

	/* A device that is not there is a finding, of the rung `link`. */
	if (plan->device[0])
		c.device_err = read_device(plan->device, &c.device);
	c.nonce = (uint64_t)now_us() * 0x9e3779b97f4a7c15ull ^ (uint64_t)getpid() << 32;
	open_errors(&c);
	for (int i = 0; i < N_RUNGS; i++)
		if (plan->wish[i].wanted)
			climb_one(&c, i);
	return EXIT_DONE;
}
