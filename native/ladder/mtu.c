// SPDX-License-Identifier: GPL-2.0-only
/* The largest packet of the device's MTU, not to be fragmented; where it is lost, the largest that passes. */
#include "climb.h"
#include "result.h"

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

static const char *outcome(int n)
{
	return n > 0 ? "passes" : n == -EMSGSIZE ? "refused by this machine" : n < 0 ? strerror(-n) : "lost";
}

/* A protocol that is not answered at any size says nothing of sizes. */
static bool mute(const struct climb *c, enum rung rung)
{
	return c->tried[rung] && !c->passed[rung];
}

static int find_largest(struct climb *c, struct result *r, passes *one, int mtu)
{
	int step = (int)(c->rtt_us * 10 / 1000);

	step = step < LEAST_STEP_MS ? LEAST_STEP_MS : step > 100 ? 100 : step;
	if (one(c, r, SMALLEST, 2 * step) <= 0)
		return 0;
	return bisect(c, r, one, SMALLEST, mtu, step);
}

int climb_mtu(struct climb *c, struct result *r, const struct wish *wish)
{
	bool echo = !mute(c, RUNG_ICMP), datagrams = !mute(c, RUNG_UDP_SMALL);
	int mtu = c->device.mtu, share = wish->limit_ms / 2, icmp = 1, udp = 1, largest;

	put_number(r, "mtu", mtu);
	if (mtu > MAX_DATAGRAM) {
		mtu = MAX_DATAGRAM;
		say(r, "the device's MTU is %d, and %d is tried", c->device.mtu, mtu);
	}
	if (!echo && !datagrams)
		datagrams = true;
	if (echo)
		icmp = passes_icmp(c, r, mtu, share);
	if (datagrams)
		udp = passes_udp(c, r, mtu, share);
	if (icmp > 0 && udp > 0) {
		r->passed = true;
		say(r, "packets of %d bytes pass unfragmented, %s", mtu,
		    !echo ? "UDP" : !datagrams ? "ICMP" : "ICMP and UDP");
		return 0;
	}
	r->err = icmp < 0 ? -icmp : udp < 0 ? -udp : 0;
	say(r, "packets of %d bytes that may not be fragmented: ICMP %s, UDP %s", mtu,
	    echo ? outcome(icmp) : "not answered at any size", datagrams ? outcome(udp) : "not answered at any size");
	if (!say_errors(c, r, IPPROTO_ICMP))
		say_errors(c, r, IPPROTO_UDP);
	if (!c->alive)
		return 0;
	largest = find_largest(c, r, echo && icmp <= 0 ? passes_icmp : passes_udp, mtu);
	if (largest) {
		say(r, "the largest that passes has %d", largest);
		put_number(r, "largest", largest);
	} else {
		say(r, "%d bytes do not pass either", SMALLEST);
	}
	return 0;
}
