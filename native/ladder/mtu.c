// SPDX-License-Identifier: GPL-2.0-only
/* The largest packet of the device's MTU, not to be fragmented; where it is lost, the largest that passes. */
#include "climb.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

/* RFC 791: every path takes 576 bytes in some form; links of IPv4 as they are built take it whole. */
#define SMALLEST 576
#define LEAST_STEP_MS 40

typedef int passes(struct climb *c, struct result *r, int size, int limit_ms);

/* Between a size that passes and one that does not. */
static int bisect(struct climb *c, struct result *r, passes *one, int good, int bad, int limit_ms)
{
	while (bad - good > 1) {
		int middle = good + (bad - good) / 2;

		if (one(c, r, middle, limit_ms) > 0)
			good = middle;
		else
			bad = middle;
	}
	return good;
}

static const char *size_error(int n)
{
	return n == -EMSGSIZE ? "refused by this machine (EMSGSIZE)" : n < 0 ? strerror(-n) : "lost";
}

int climb_mtu(struct climb *c, struct result *r, const struct wish *wish)
{
	int mtu = c->device.mtu, share = wish->limit_ms / 3, step, largest, icmp = 0, udp;
	passes *one = c->echoes ? passes_icmp : passes_udp;

	put_number(r, "mtu", mtu);
	if (mtu > MAX_DATAGRAM) {
		mtu = MAX_DATAGRAM;
		say(r, "the device's MTU is %d, and %d is tried", c->device.mtu, mtu);
	}
	if (c->echoes)
		icmp = passes_icmp(c, r, mtu, share);
	udp = passes_udp(c, r, mtu, share);
	if (icmp > 0 && udp > 0) {
		r->passed = true;
		say(r, "packets of %d bytes pass unfragmented, ICMP and UDP", mtu);
		return 0;
	}
	if (icmp < 0 || udp < 0)
		r->err = icmp < 0 ? -icmp : -udp;
	say(r, "a packet of %d bytes is lost: ICMP %s, UDP %s", mtu,
	    !c->echoes ? "not answered at any size" : icmp > 0 ? "passes" : size_error(icmp),
	    udp > 0 ? "passes" : size_error(udp));
	if (!say_errors(c, r, IPPROTO_ICMP))
		say_errors(c, r, IPPROTO_UDP);
	if (icmp > 0)
		one = passes_udp;
	if (!c->alive)
		return 0;
	step = (int)(c->rtt_us * 10 / 1000);
	step = step < LEAST_STEP_MS ? LEAST_STEP_MS : step > 100 ? 100 : step;
	if (one(c, r, SMALLEST, 2 * step) <= 0) {
		say(r, "%d bytes do not pass either", SMALLEST);
		return 0;
	}
	largest = bisect(c, r, one, SMALLEST, mtu, step);
	say(r, "the largest that passes has %d", largest);
	put_number(r, "largest", largest);
	return 0;
}
