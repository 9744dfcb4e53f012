// SPDX-License-Identifier: GPL-2.0-only
/* Hears the ICMP errors that our packets cause: who sent them, and what they say. */
#include "climb.h"
#include "result.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <string.h>
#include <sys/socket.h>

/* linux/icmp.h: an option of raw sockets that the C library does not name. */
#define ICMP_FILTER_OPTION 1

static const char *const unreachable[] = {
	"network unreachable", "host unreachable", "protocol unreachable", "port unreachable", "fragmentation needed",
	"source route failed", "network unknown", "host unknown", "host isolated", "network prohibited",
	"host prohibited", "network unreachable for this service", "host unreachable for this service",
	"administratively prohibited",
};
static const char *const unreachable6[] = {
	"no route", "administratively prohibited", "beyond the scope of the source", "address unreachable",
	"port unreachable", "source address failed policy", "reject route",
};
#define NAME_AT(names, i) ((size_t)(i) < sizeof(names) / sizeof((names)[0]) ? (names)[i] : "unreachable")

void open_errors(struct climb *c)
{
	uint32_t hidden = ~(1u << ICMP_DEST_UNREACH | 1u << ICMP_TIME_EXCEEDED | 1u << ICMP_PARAMETERPROB |
			    1u << ICMP_REDIRECT);
	struct icmp6_filter filter;

	c->errors4 = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMP);
	if (c->errors4 >= 0)
		setsockopt(c->errors4, SOL_RAW, ICMP_FILTER_OPTION, &hidden, sizeof(hidden));
	c->errors6 = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMPV6);
	ICMP6_FILTER_SETBLOCKALL(&filter);
	ICMP6_FILTER_SETPASS(ICMP6_DST_UNREACH, &filter);
	ICMP6_FILTER_SETPASS(ICMP6_PACKET_TOO_BIG, &filter);
	ICMP6_FILTER_SETPASS(ICMP6_TIME_EXCEEDED, &filter);
	if (c->errors6 >= 0)
		setsockopt(c->errors6, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof(filter));
}

/* What is left of a rung before must not be taken for this one's. */
void forget_errors(struct climb *c)
{
	char bytes[64];

	while (c->errors4 >= 0 && recv(c->errors4, bytes, sizeof(bytes), 0) >= 0)
		;
	while (c->errors6 >= 0 && recv(c->errors6, bytes, sizeof(bytes), 0) >= 0)
		;
}

static void say_error(struct result *r, const char *what, const char *from, bool own, int count)
{
	say(r, "ICMP %s from %s", what, from);
	if (own)
		put(&r->detail, " (this machine itself)");
	if (count > 1)
		put(&r->detail, ", %d times", count);
	put_data(r, "icmpError", what);
	put_data(r, "icmpFrom", from);
}

/* Says the last error about our packets of this protocol to the remote; false = there was none. */
bool say_errors(struct climb *c, struct result *r, int protocol)
{
	char from[INET_ADDRSTRLEN] = "", what[64] = "";
	uint8_t bytes[256];
	struct in_addr source = { 0 };
	int count = 0, mtu = 0;
	ssize_t n;

	while (c->errors4 >= 0 && (n = recv(c->errors4, bytes, sizeof(bytes), 0)) >= 0) {
		struct iphdr outer, inner;
		struct icmphdr icmp;
		size_t head;

		if ((size_t)n < sizeof(outer))
			continue;
		memcpy(&outer, bytes, sizeof(outer));
		head = outer.ihl * 4;
		if ((size_t)n < head + sizeof(icmp) + sizeof(inner))
			continue;
		memcpy(&icmp, bytes + head, sizeof(icmp));
		memcpy(&inner, bytes + head + sizeof(icmp), sizeof(inner));
		if (inner.daddr != c->plan->remote.s_addr || inner.protocol != protocol)
			continue;
		count++;
		source.s_addr = outer.saddr;
		if (icmp.type == ICMP_DEST_UNREACH) {
			snprintf(what, sizeof(what), "%s", NAME_AT(unreachable, icmp.code));
			if (icmp.code == ICMP_FRAG_NEEDED) {
				mtu = ntohs(icmp.un.frag.mtu);
				snprintf(what, sizeof(what), "fragmentation needed, MTU %d", mtu);
			}
		} else {
			snprintf(what, sizeof(what), "%s", icmp.type == ICMP_TIME_EXCEEDED ? "time exceeded" :
				 icmp.type == ICMP_REDIRECT ? "redirect" : "parameter problem");
		}
	}
	if (!count)
		return false;
	inet_ntop(AF_INET, &source, from, sizeof(from));
	say_error(r, what, from, c->plan->local.s_addr == source.s_addr, count);
	if (mtu)
		put_number(r, "icmpMtu", mtu);
	return true;
}

bool say_errors6(struct climb *c, struct result *r, int protocol)
{
	char from[INET6_ADDRSTRLEN] = "", what[64] = "";
	struct sockaddr_in6 source = { 0 };
	uint8_t bytes[256];
	int count = 0, mtu = 0;
	ssize_t n;

	for (;;) {
		struct sockaddr_in6 sender;
		socklen_t len = sizeof(sender);
		struct icmp6_hdr icmp;
		struct ip6_hdr inner;

		if (c->errors6 < 0)
			return false;
		n = recvfrom(c->errors6, bytes, sizeof(bytes), 0, (struct sockaddr *)&sender, &len);
		if (n < 0)
			break;
		if ((size_t)n < sizeof(icmp) + sizeof(inner))
			continue;
		memcpy(&icmp, bytes, sizeof(icmp));
		memcpy(&inner, bytes + sizeof(icmp), sizeof(inner));
		if (memcmp(&inner.ip6_dst, &c->plan->remote6, 16) || inner.ip6_nxt != protocol)
			continue;
		count++;
		source = sender;
		if (icmp.icmp6_type == ICMP6_DST_UNREACH) {
			snprintf(what, sizeof(what), "%s", NAME_AT(unreachable6, icmp.icmp6_code));
		} else if (icmp.icmp6_type == ICMP6_PACKET_TOO_BIG) {
			mtu = ntohl(icmp.icmp6_mtu);
			snprintf(what, sizeof(what), "packet too big, MTU %d", mtu);
		} else {
			snprintf(what, sizeof(what), "time exceeded");
		}
	}
	if (!count)
		return false;
	inet_ntop(AF_INET6, &source.sin6_addr, from, sizeof(from));
	say_error(r, what, from, !memcmp(&source.sin6_addr, &c->plan->local6, 16), count);
	if (mtu)
		put_number(r, "icmpMtu", mtu);
	return true;
}
