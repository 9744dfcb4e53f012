/* SPDX-License-Identifier: GPL-2.0-only */
/* The rungs, and the plan that says which of them are climbed. */
#ifndef HOPLAB_LADDER_H
#define HOPLAB_LADDER_H

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define EXIT_DONE 0
#define EXIT_SYSTEM 1
#define EXIT_USAGE 2

#define MAX_TRIES 16
#define MAX_DATAGRAM 9000

/* In the order in which they are climbed; the names are in rungs.c. */
enum rung {
	RUNG_LINK,
	RUNG_ARP,
	RUNG_ICMP,
	RUNG_UDP_SMALL,
	RUNG_UDP_LARGE,
	RUNG_TCP_CONNECT,
	RUNG_TCP_SMALL,
	RUNG_TCP_BULK,
	RUNG_MTU,
	RUNG_VLAN,
	RUNG_ND,
	RUNG_IPV6,
	RUNG_IPV6_UDP,
	RUNG_IPV6_TCP,
	RUNG_BROADCAST,
	RUNG_MULTICAST,
	N_RUNGS,
};

struct wish {
	bool wanted;
	int tries;
	int limit_ms;             /* all tries together */
};

struct plan {
	char device[IFNAMSIZ];    /* "" = none: no rungs of layer 2 */
	struct in_addr local, remote, group;
	struct in6_addr local6, remote6;
	bool has_local, has_remote, has_group, has_local6, has_remote6;
	uint16_t port, vlan;
	int64_t bulk;             /* bytes each way */
	struct wish wish[N_RUNGS];
};

/* rungs.c */
const char *rung_name(enum rung rung);
int find_rung(const char *name);

/* plan.c */
int read_plan(bool climbing, struct plan *plan);
void print_plan_keys(FILE *out);

#endif
