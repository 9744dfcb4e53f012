/* SPDX-License-Identifier: GPL-2.0-only */
/* What both roles of hoplab-ladder share: the plan, the rungs, results, sockets. */
#ifndef HOPLAB_LADDER_H
#define HOPLAB_LADDER_H

#include "text.h"

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

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

/* A device as the kernel describes it now. */
struct device {
	int index, mtu;
	bool up, carrier;
	uint8_t mac[6];
};

/* What a packet socket says of a frame beside its bytes: the kernel takes the tag of a VLAN out of them. */
struct frame_origin {
	bool outgoing, tagged;
	uint16_t tci;
};

struct result {
	enum rung rung;
	bool passed;
	int sent, answered;
	int err;                  /* positive errno; 0 = no call failed */
	struct text detail, data;
	char detail_bytes[640], data_bytes[640];
};

/* The first bytes of everything that is sent, so that both sides know each other's packets. */
struct mark {
	uint32_t magic;
	uint8_t rung, attempt;
	uint16_t answer;          /* of a test frame: what the answerer saw; 0 or REQUEST_BARE in a request */
	uint64_t nonce;
};
_Static_assert(sizeof(struct mark) == 16, "the mark is the whole of a small datagram");
#define MARK_MAGIC 0x484c4144u    /* "HLAD" */
#define ANSWER_UNTAGGED 0x8000    /* a test frame arrived without a tag */
#define REQUEST_BARE 0x2000       /* a frame without a tag or IP, beside the rung's own requests */
#define ANSWER_TAGGED 0x4000      /* with the tag whose id is in the low bits */
#define TEST_ETHERTYPE 0x88b5     /* IEEE 802: local experimental */

/* fail.c */
int fail(const char *what, int err);

/* rungs.c */
const char *rung_name(enum rung rung);
int find_rung(const char *name);

/* plan.c */
int read_plan(bool climbing, struct plan *plan);
void print_plan_keys(FILE *out);

/* words.c */
const char *errno_name(int err);

/* result.c */
void start_result(struct result *r, enum rung rung);
void say(struct result *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
void put_data(struct result *r, const char *key, const char *value);
void put_number(struct result *r, const char *key, int64_t value);
void print_result(const struct result *r, double ms);

/* sockets.c */
int64_t now_us(void);
int read_device(const char *name, struct device *device);
int set_option(int fd, int level, int name, int value);
int bind_device(int fd, const char *name);
struct sockaddr_in ipv4(struct in_addr address, uint16_t port);
struct sockaddr_in6 ipv6(const struct in6_addr *address, uint16_t port);
void bind_freely(int fd);
int packet_socket(int index, uint16_t protocol);
ssize_t receive_tagged(int fd, void *bytes, size_t size, struct frame_origin *from);
void format_mac(char *out, const uint8_t *mac);
int wait_for(int fd, short events, int64_t until_us);

/* pattern.c */
void fill_pattern(void *bytes, size_t len, uint64_t seed, uint64_t offset);
uint64_t hash_add(uint64_t hash, const void *bytes, size_t len);
#define HASH_START 0xcbf29ce484222325ull

#endif
