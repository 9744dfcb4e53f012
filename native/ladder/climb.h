/* SPDX-License-Identifier: GPL-2.0-only */
/* What the rungs of the climbing side share. */
#ifndef HOPLAB_LADDER_CLIMB_H
#define HOPLAB_LADDER_CLIMB_H

#include "ladder.h"
#include "mark.h"
#include "result.h"
#include "sockets.h"

/* Read at one go, before the clock is looked at again. */
#define MAX_PACKETS 4096

struct climb {
	const struct plan *plan;
	struct device device;
	int device_err;           /* why there is no such device; 0 = there is */
	uint64_t nonce;
	int errors4, errors6;     /* raw sockets that hear all ICMP errors; negative = refused */
	uint8_t remote_mac[6];    /* from ARP */
	bool has_remote_mac;
	bool alive;               /* something was answered */
	bool tried[N_RUNGS], passed[N_RUNGS];
	int64_t rtt_us;           /* of the fastest answer; 0 = none yet */
};

/* Requests that are sent until their answers come. */
struct exchange {
	struct climb *climb;
	struct result *result;
	int fd;
	/* Sends request number `attempt`: 0 or -errno. */
	int (*send)(struct exchange *x, int attempt);
	/*
	 * Reads one packet: the number of the request that it answers, -EAGAIN for "nothing there", -ENOMSG for a
	 * packet of someone else's, else an error.
	 */
	int (*receive)(struct exchange *x);
	size_t size;              /* of the request, for those who need it */
	void *own;
};

int run_exchange(struct exchange *x, const struct wish *wish);
/* One packet on a socket of IPv4 that may not be fragmented; adds to what `r` counts, and closes the socket. 1 = answered. */
int run_unfragmented(struct exchange *x, struct result *r, int limit_ms);
struct mark mark_of(const struct climb *c, enum rung rung, int attempt);
int attempt_of(const struct climb *c, enum rung rung, const void *bytes, size_t len);

/* errors.c */
void open_errors(struct climb *c);
void forget_errors(struct climb *c);
bool say_errors(struct climb *c, struct result *r, int protocol);
bool say_errors6(struct climb *c, struct result *r, int protocol);

/* One function a rung; in the file of its layer. 0, or -errno of what could not even be tried. */
int climb_arp(struct climb *c, struct result *r, const struct wish *wish);
int climb_icmp(struct climb *c, struct result *r, const struct wish *wish);
int climb_ipv6(struct climb *c, struct result *r, const struct wish *wish);
int climb_nd(struct climb *c, struct result *r, const struct wish *wish);
int climb_udp_small(struct climb *c, struct result *r, const struct wish *wish);
int climb_udp_large(struct climb *c, struct result *r, const struct wish *wish);
int climb_ipv6_udp(struct climb *c, struct result *r, const struct wish *wish);
int climb_broadcast(struct climb *c, struct result *r, const struct wish *wish);
int climb_multicast(struct climb *c, struct result *r, const struct wish *wish);
int climb_mtu(struct climb *c, struct result *r, const struct wish *wish);
int climb_vlan(struct climb *c, struct result *r, const struct wish *wish);
int climb_tcp_connect(struct climb *c, struct result *r, const struct wish *wish);
int climb_tcp_small(struct climb *c, struct result *r, const struct wish *wish);
int climb_tcp_bulk(struct climb *c, struct result *r, const struct wish *wish);
int climb_ipv6_tcp(struct climb *c, struct result *r, const struct wish *wish);

#define ALL_STATIONS ((const uint8_t[6]){ 255, 255, 255, 255, 255, 255 })

/* frames.c: a bare broadcast or multicast frame, for what UDP did not pass. */
void say_test_frame(struct climb *c, struct result *r, const uint8_t *to);

/* icmp.c and udp.c: one packet of this size that may not be fragmented; 1 = answered. */
int passes_icmp(struct climb *c, struct result *r, int size, int limit_ms);
int passes_udp(struct climb *c, struct result *r, int size, int limit_ms);

#endif
