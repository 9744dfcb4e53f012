// SPDX-License-Identifier: GPL-2.0-only
/* Datagrams that the far side echoes: plain kernel sockets, so that checksums are as any application's. */
#include "climb.h"
#include "mark.h"
#include "pattern.h"
#include "result.h"
#include "sockets.h"

#include <errno.h>
#include <netinet/udp.h>
#include <netinet/ip.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SMALL 16
#define LARGE 8192

struct datagram {
	enum rung rung;
	const struct sockaddr_in *to;   /* NULL = the socket is connected */
	ssize_t changed;                /* length of an answer with other bytes than its request; 0 = none */
};

static int send_datagram(struct exchange *x, int attempt)
{
	static uint8_t bytes[MAX_DATAGRAM];
	struct datagram *d = x->own;
	struct mark mark = mark_of(x->climb, d->rung, attempt);

	fill_pattern(bytes, x->size, x->climb->nonce + (uint64_t)attempt, 0);
	memcpy(bytes, &mark, sizeof(mark));
	if (sendto(x->fd, bytes, x->size, 0, (const struct sockaddr *)d->to, d->to ? sizeof(*d->to) : 0) < 0)
		return -errno;
	return 0;
}

static int receive_datagram(struct exchange *x)
{
	static uint8_t bytes[65536], wanted[MAX_DATAGRAM];
	struct datagram *d = x->own;
	ssize_t n = recv(x->fd, bytes, sizeof(bytes), 0);
	int attempt;

	if (n < 0)
		return -errno;
	attempt = attempt_of(x->climb, d->rung, bytes, (size_t)n);
	if (attempt < 0)
		return attempt;
	fill_pattern(wanted, x->size, x->climb->nonce + (uint64_t)attempt, 0);
	if ((size_t)n != x->size ||
	    memcmp(bytes + sizeof(struct mark), wanted + sizeof(struct mark), x->size - sizeof(struct mark))) {
		d->changed = n;
		return -ENOMSG;
	}
	return attempt;
}

static int connected(const struct sockaddr *to, socklen_t len)
{
	int err, fd = socket(to->sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	if (!connect(fd, to, len))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

static int climb_echo(struct climb *c, struct result *r, const struct wish *wish, size_t size)
{
	const struct plan *p = c->plan;
	bool v6 = r->rung == RUNG_IPV6_UDP;
	struct sockaddr_in to = ipv4(p->remote, p->port);
	struct sockaddr_in6 to6 = ipv6(&p->remote6, p->port);
	struct datagram d = { .rung = r->rung };
	struct exchange x = {
		.climb = c, .result = r, .send = send_datagram, .receive = receive_datagram, .size = size, .own = &d,
	};

	x.fd = v6 ? connected((struct sockaddr *)&to6, sizeof(to6)) : connected((struct sockaddr *)&to, sizeof(to));
	if (x.fd < 0)
		return x.fd;
	if (!run_exchange(&x, wish)) {
		if (r->err == ECONNREFUSED)
			put(&r->detail, ", nothing listens on port %d or a firewall rejects", p->port);
		if (v6)
			say_errors6(c, r, IPPROTO_UDP);
		else
			say_errors(c, r, IPPROTO_UDP);
	}
	if (d.changed) {
		say(r, "an answer of %zd bytes was not what was sent, %zu bytes", d.changed, size);
		r->passed = false;
	}
	close(x.fd);
	return 0;
}

int climb_udp_small(struct climb *c, struct result *r, const struct wish *wish)
{
	return climb_echo(c, r, wish, SMALL);
}

int climb_udp_large(struct climb *c, struct result *r, const struct wish *wish)
{
	put_number(r, "bytes", LARGE);
	return climb_echo(c, r, wish, LARGE);
}

int climb_ipv6_udp(struct climb *c, struct result *r, const struct wish *wish)
{
	return climb_echo(c, r, wish, SMALL);
}

/* A datagram in a packet of exactly `size` bytes that may not be fragmented. */
int passes_udp(struct climb *c, struct result *r, int size, int limit_ms)
{
	struct sockaddr_in to = ipv4(c->plan->remote, c->plan->port);
	struct datagram d = { .rung = RUNG_MTU };
	struct exchange x = {
		.climb = c, .send = send_datagram, .receive = receive_datagram,
		.size = (size_t)size - sizeof(struct iphdr) - sizeof(struct udphdr), .own = &d,
	};

	if (x.size > MAX_DATAGRAM)
		return -EMSGSIZE;
	x.fd = connected((struct sockaddr *)&to, sizeof(to));
	return x.fd < 0 ? x.fd : run_unfragmented(&x, r, limit_ms);
}

/* Out of the path's own device, whatever the routes say; the answer is the far side's unicast. */
static int climb_to_many(struct climb *c, struct result *r, const struct wish *wish, struct in_addr group)
{
	struct sockaddr_in to = ipv4(group, c->plan->port);
	struct ip_mreqn out = { .imr_ifindex = c->device.index, .imr_address = c->plan->local };
	struct datagram d = { .rung = r->rung, .to = &to };
	struct exchange x = {
		.climb = c, .result = r, .send = send_datagram, .receive = receive_datagram, .size = SMALL, .own = &d,
	};
	int err;

	x.fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (x.fd < 0)
		return -errno;
	err = bind_device(x.fd, c->plan->device);
	if (!err)
		err = set_option(x.fd, SOL_SOCKET, SO_BROADCAST, 1);
	if (!err && setsockopt(x.fd, IPPROTO_IP, IP_MULTICAST_IF, &out, sizeof(out)) < 0)
		err = -errno;
	if (err)
		goto out;
	run_exchange(&x, wish);
out:
	close(x.fd);
	return err;
}

int climb_broadcast(struct climb *c, struct result *r, const struct wish *wish)
{
	struct in_addr group = { .s_addr = htonl(INADDR_BROADCAST) };
	int err = climb_to_many(c, r, wish, group);

	if (!err && !r->passed)
		say_test_frame(c, r, ALL_STATIONS);
	return err;
}

int climb_multicast(struct climb *c, struct result *r, const struct wish *wish)
{
	uint32_t group = ntohl(c->plan->group.s_addr);
	/* RFC 1112: the low 23 bits of the group. */
	uint8_t mac[6] = { 1, 0, 0x5e, group >> 16 & 0x7f, group >> 8 & 255, group & 255 };
	int err = climb_to_many(c, r, wish, c->plan->group);

	if (!err && !r->passed)
		say_test_frame(c, r, mac);
	return err;
}
