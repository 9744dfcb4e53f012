/* SPDX-License-Identifier: GPL-2.0-only */
/* What the prober's files share: the plan, what the system granted, and the ways out. */
#ifndef HOPLAB_PROBER_H
#define HOPLAB_PROBER_H

#include "text.h"

#include <net/if.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>

#define NS_PER_SEC 1000000000LL
#define MAX_ENDPOINTS 64
#define MAX_STREAM_BYTES (1 << 20)
#define MAX_DATAGRAM_BYTES 65507
/* The leading bytes of a request carry the path's number of the transaction, as many as fit. */
#define TAG_BYTES 4

enum exit_code {
	EXIT_DONE = 0,		/* a result was written; its paths may carry errors */
	EXIT_SYSTEM = 1,	/* a system call failed: no result */
	EXIT_USAGE = 2,		/* the command line or the plan is not understood */
	EXIT_REFUSED = 3,	/* the plan would starve this machine */
};

enum role { ROLE_CLIENT = 1, ROLE_SERVER = 2 };
enum protocol { TCP_RR, UDP_RR, TCP_CRR };
enum wait_mode { WAIT_BLOCK, WAIT_SPIN, WAIT_BUSY_POLL };

/* A path's far end (client) or a listener's own (server). */
struct endpoint {
	int index;
	int protocol;
	struct sockaddr_storage addr;
	socklen_t addr_len;
	struct sockaddr_storage local;	/* family AF_UNSPEC: the kernel chooses */
	socklen_t local_len;
	char device[IF_NAMESIZE];	/* "" = any */
	char text[96];			/* "192.0.2.1 port 7000", for errors */
};

struct plan {
	int64_t protocol, wait;
	int64_t request, response;
	int64_t count, warmup, group, max_records;
	int64_t duration_ns, pace_ns, warmup_pace_ns, spin_ns, late_ns;
	int64_t timeout_ns, connect_timeout_ns, lost_limit;
	int64_t stamps, records;
	int64_t cpu, fifo, mlock, force_spin;
	uint64_t seed;
	int endpoints;
	struct endpoint endpoint[MAX_ENDPOINTS];
};

/* What was asked of the scheduler and the memory manager, and what came of it. */
struct granted {
	char scheduling[16];
	int cpu;			/* -1 = not pinned */
	bool memory_locked;
	int refusals;
	char refused[8][128];
};

/* plan.c */
int read_plan(enum role role, struct plan *plan);
void print_plan_keys(FILE *out, enum role role);
const char *protocol_name(int protocol);

/* place.c */
int check_spinning(const struct plan *plan);
void take_place(const struct plan *plan, struct granted *granted);
void refuse(struct granted *granted, const char *what, int err);
void put_granted(struct text *t, const struct granted *granted);

/* output.c: records in one or more pieces, so that a server's listeners need no copy. */
struct piece {
	const void *at;
	size_t records;
};
int write_container(const char *magic, const struct text *json, size_t record_bytes,
		    const struct piece *pieces, int n_pieces);

/* net.c */
int open_socket(const struct endpoint *ep, bool datagram, bool nonblocking);
int set_timeouts(int fd, int64_t ns);
int set_busy_poll(int fd);
int send_all(int fd, const void *bytes, size_t len);

/* client.c, server.c */
int run_client(const struct plan *plan);
int run_server(const struct plan *plan);

/* stop.c */
int fail(const char *what, int err);
extern volatile sig_atomic_t stopping;
void stop_by_signal(void);

static inline int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NS_PER_SEC + ts.tv_nsec;
}

static inline uint32_t clip_u32(int64_t ns)
{
	return ns < 0 ? 0 : ns > UINT32_MAX ? UINT32_MAX : (uint32_t)ns;
}

#endif
