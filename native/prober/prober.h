/* SPDX-License-Identifier: GPL-2.0-only */
/* The plan, and the statuses with which the prober ends. */
#ifndef HOPLAB_PROBER_H
#define HOPLAB_PROBER_H

#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>

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

int read_plan(enum role role, struct plan *plan);
void print_plan_keys(FILE *out, enum role role);
const char *protocol_name(int protocol);

#endif
