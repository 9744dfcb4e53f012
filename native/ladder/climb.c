// SPDX-License-Identifier: GPL-2.0-only
/* Climbs the rungs of the plan in their order, and says how each went. */
#include "climb.h"
#include "roles.h"

#include <string.h>
#include <unistd.h>

/* While nothing at all has been answered by ARP and ICMP, the rest is tried with less patience. */
#define DEAD_LIMIT_MS 400
#define DEAD_TRIES 2

static int climb_link(struct climb *c, struct result *r, const struct wish *wish)
{
	(void)wish;
	if (c->device_err)
		return c->device_err;
	r->passed = c->device.up && c->device.carrier;
	say(r, "%s is %s, %s", c->plan->device, c->device.up ? "up" : "down", c->device.carrier ? "with carrier" : "without carrier");
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

static struct wish patience(const struct climb *c, enum rung rung)
{
	const struct plan *p = c->plan;
	struct wish wish = p->wish[rung];
	bool asked = p->wish[RUNG_ICMP].wanted && rung > RUNG_ICMP;

	if (asked && !c->alive) {
		wish.limit_ms = wish.limit_ms < DEAD_LIMIT_MS ? wish.limit_ms : DEAD_LIMIT_MS;
		wish.tries = wish.tries < DEAD_TRIES ? wish.tries : DEAD_TRIES;
	}
	return wish;
}

static void climb_one(struct climb *c, enum rung rung)
{
	struct result r = {
		.rung = rung,
		.detail = { .at = r.detail_bytes, .size = sizeof(r.detail_bytes) },
		.data = { .at = r.data_bytes, .size = sizeof(r.data_bytes) },
	};
	struct wish wish = patience(c, rung);
	int64_t start = now_us();
	int err;

	forget_errors(c);
	err = climbers[rung](c, &r, &wish);
	if (err) {
		r.passed = false;
		r.err = -err;
		say(&r, "could not be tried: %s", strerror(-err));
	}
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
