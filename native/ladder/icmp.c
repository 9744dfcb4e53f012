// SPDX-License-Identifier: GPL-2.0-only
/* Echo over IPv4 and IPv6, and neighbour solicitation: raw sockets, answered by the far kernel. */
#include "climb.h"
#include "mark.h"
#include "result.h"
#include "sockets.h"

#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ECHO_PAYLOAD 56

struct echo {
	enum rung rung;
	int family;
	size_t payload;
};

static uint16_t checksum(const void *bytes, size_t len)
{
	const uint8_t *at = bytes;
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum += at[i] << 8 | at[i + 1];
	if (len & 1)
		sum += at[len - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

/* Both families have the same eight bytes before the payload; for IPv6 the kernel fills in the checksum. */
static int send_echo(struct exchange *x, int attempt)
{
	static uint8_t bytes[65536];
	const struct echo *e = x->own;
	struct mark mark = mark_of(x->climb, e->rung, attempt);
	struct icmphdr head = {
		.type = e->family == AF_INET ? ICMP_ECHO : ICMP6_ECHO_REQUEST,
		.un.echo = { .id = htons((uint16_t)x->climb->nonce), .sequence = htons((uint16_t)attempt + 1) },
	};
	size_t len = sizeof(head) + e->payload;

	memset(bytes, 0, len);
	memcpy(bytes, &head, sizeof(head));
	memcpy(bytes + sizeof(head), &mark, e->payload < sizeof(mark) ? e->payload : sizeof(mark));
	if (e->family == AF_INET) {
		head.checksum = checksum(bytes, len);
		memcpy(bytes, &head, sizeof(head));
	}
	return send(x->fd, bytes, len, 0) < 0 ? -errno : 0;
}

static int receive_echo(struct exchange *x)
{
	static uint8_t bytes[65536];
	const struct echo *e = x->own;
	ssize_t n = recv(x->fd, bytes, sizeof(bytes), 0);
	size_t head = 0;

	if (n < 0)
		return -errno;
	if (e->family == AF_INET)
		head = (bytes[0] & 15) * 4;
	if ((size_t)n < head + sizeof(struct icmphdr))
		return -ENOMSG;
	if (bytes[head] != (e->family == AF_INET ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY))
		return -ENOMSG;
	head += sizeof(struct icmphdr);
	if ((size_t)n - head != e->payload)
		return -ENOMSG;
	return attempt_of(x->climb, e->rung, bytes + head, (size_t)n - head);
}

static int echo_socket(const struct climb *c, int family)
{
	struct sockaddr_in to = ipv4(c->plan->remote, 0);
	struct sockaddr_in6 to6 = ipv6(&c->plan->remote6, 0);
	int fd, err;

	fd = socket(family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6);
	if (fd < 0)
		return -errno;
	/* Connected: only the remote's packets are heard, and no route is an error at once. */
	err = family == AF_INET ? connect(fd, (struct sockaddr *)&to, sizeof(to)) :
				  connect(fd, (struct sockaddr *)&to6, sizeof(to6));
	if (err < 0) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

static int climb_echo(struct climb *c, struct result *r, const struct wish *wish, struct echo *e)
{
	struct exchange x = { .climb = c, .result = r, .send = send_echo, .receive = receive_echo, .own = e };

	x.fd = echo_socket(c, e->family);
	if (x.fd < 0)
		return x.fd;
	if (!run_exchange(&x, wish)) {
		if (e->family == AF_INET)
			say_errors(c, r, IPPROTO_ICMP);
		else
			say_errors6(c, r, IPPROTO_ICMPV6);
	}
	close(x.fd);
	return 0;
}

int climb_icmp(struct climb *c, struct result *r, const struct wish *wish)
{
	struct echo e = { RUNG_ICMP, AF_INET, ECHO_PAYLOAD };

	return climb_echo(c, r, wish, &e);
}

int climb_ipv6(struct climb *c, struct result *r, const struct wish *wish)
{
	struct echo e = { RUNG_IPV6, AF_INET6, ECHO_PAYLOAD };

	return climb_echo(c, r, wish, &e);
}

/* One echo in a packet of exactly `size` bytes that may not be fragmented. */
int passes_icmp(struct climb *c, struct result *r, int size, int limit_ms)
{
	struct echo e = { RUNG_MTU, AF_INET, size - sizeof(struct iphdr) - sizeof(struct icmphdr) };
	struct exchange x = { .climb = c, .send = send_echo, .receive = receive_echo, .own = &e };

	x.fd = echo_socket(c, AF_INET);
	return x.fd < 0 ? x.fd : run_unfragmented(&x, r, limit_ms);
}

static int send_solicitation(struct exchange *x, int attempt)
{
	const struct plan *p = x->climb->plan;
	struct {
		struct nd_neighbor_solicit solicit;
		struct nd_opt_hdr option;
		uint8_t mac[6];
	} packet = {
		.solicit = { .nd_ns_type = ND_NEIGHBOR_SOLICIT, .nd_ns_target = p->remote6 },
		.option = { .nd_opt_type = ND_OPT_SOURCE_LINKADDR, .nd_opt_len = 1 },
	};
	struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_scope_id = (uint32_t)x->climb->device.index };
	/* The solicited-node group of the target: ff02::1:ffXX:XXXX. */
	static const uint8_t group[16] = { 0xff, 2, [11] = 1, [12] = 0xff };

	(void)attempt;
	memcpy(packet.mac, x->climb->device.mac, 6);
	memcpy(&to.sin6_addr, group, 16);
	memcpy((uint8_t *)&to.sin6_addr + 13, (const uint8_t *)&p->remote6 + 13, 3);
	return sendto(x->fd, &packet, sizeof(packet), 0, (struct sockaddr *)&to, sizeof(to)) < 0 ? -errno : 0;
}

/* Advertisements carry no number: they answer the newest solicitation. */
static int receive_advertisement(struct exchange *x)
{
	struct {
		struct nd_neighbor_advert advert;
		struct nd_opt_hdr option;
		uint8_t mac[6];
	} packet;
	ssize_t n = recv(x->fd, &packet, sizeof(packet), 0);

	if (n < 0)
		return -errno;
	if ((size_t)n < sizeof(packet.advert) || packet.advert.nd_na_type != ND_NEIGHBOR_ADVERT ||
	    memcmp(&packet.advert.nd_na_target, &x->climb->plan->remote6, 16))
		return -ENOMSG;
	if ((size_t)n >= sizeof(packet) && packet.option.nd_opt_type == ND_OPT_TARGET_LINKADDR)
		memcpy(x->own, packet.mac, 6);
	return x->result->sent - 1;
}

int climb_nd(struct climb *c, struct result *r, const struct wish *wish)
{
	struct sockaddr_in6 from = ipv6(&c->plan->local6, 0);
	uint8_t mac[6] = { 0 };
	struct exchange x = {
		.climb = c, .result = r, .send = send_solicitation, .receive = receive_advertisement, .own = mac,
	};
	struct icmp6_filter filter;
	char text[18];
	int err;

	x.fd = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMPV6);
	if (x.fd < 0)
		return -errno;
	ICMP6_FILTER_SETBLOCKALL(&filter);
	ICMP6_FILTER_SETPASS(ND_NEIGHBOR_ADVERT, &filter);
	setsockopt(x.fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof(filter));
	/* RFC 4861: solicitations with another hop limit are ignored. */
	set_option(x.fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 255);
	set_option(x.fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, c->device.index);
	err = bind(x.fd, (struct sockaddr *)&from, sizeof(from)) < 0 ? -errno : 0;
	if (err)
		goto out;
	if (run_exchange(&x, wish)) {
		format_mac(text, mac);
		say(r, "the neighbour is %s", text);
		put_data(r, "mac", text);
	}
out:
	close(x.fd);
	return err;
}
