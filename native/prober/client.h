/* SPDX-License-Identifier: GPL-2.0-only */
/* The state of the client: filled by client.c, worked on by loop.c, nothing in it grows after that. */
#ifndef HOPLAB_PROBER_CLIENT_H
#define HOPLAB_PROBER_CLIENT_H

#include "place.h"
#include "prober.h"
#include "record.h"

#include <sys/resource.h>

/* After SIGTERM the transaction under way may still finish, but not for long. */
#define STOP_GRACE_NS 200000000LL

struct path {
	const struct endpoint *ep;
	int fd;			/* tcp_crr: -1 between transactions */
	bool live;
	bool opening;		/* its first connection is under way */
	uint32_t sent;		/* number of the next transaction, warm-up included: the payload's tag */
	uint32_t measured;
	uint32_t lost, lost_in_row;
	uint32_t owed;		/* UDP responses given up on that may still come */
	uint32_t retransmits_seen;	/* the kernel's counter of this connection at the last look */
	uint32_t retransmits;	/* of the measured part */
	int64_t usual_ns;	/* running mean of the service time */
	char error[160];
};

enum end { END_COUNT, END_DURATION, END_CAPACITY, END_SIGNAL, END_NO_PATH };

struct counts {
	uint64_t skipped_slots, late_responses, bad_responses;
	int64_t retransmits, voluntary, involuntary, cpu_ns, wall_ns;
};

/* One pass of the loop: the warm-up or the measured part. */
struct part {
	bool warmup;
	uint64_t rounds;	/* 0 = not limited by count */
	int64_t duration_ns;	/* 0 = not limited by time */
	int64_t pace_ns;
};

struct client {
	const struct plan *plan;
	struct granted granted;
	struct path path[MAX_ENDPOINTS];
	struct path *order[MAX_ENDPOINTS];	/* the live paths, in the round's order */
	int live;
	uint64_t random;

	struct sample *samples;
	struct sent *sent;	/* of the samples; NULL = not asked for */
	size_t n, capacity;

	char *request, *response;
	size_t tag_bytes;

	int64_t block_start;	/* CLOCK_MONOTONIC; schedNs counts from here */
	int64_t slot_base, slot;	/* slots are slot_base + slot * pace */
	int64_t real_offset;	/* CLOCK_REALTIME minus CLOCK_MONOTONIC */
	int64_t stamp;		/* CLOCK_REALTIME of the last segment received, 0 = none */

	size_t checked;		/* samples before it have been through check_usage() */
	bool unusual;		/* a transaction since then took much longer than usual */
	long involuntary_seen;
	struct counts counts;
};

/* loop.c */
enum end run_part(struct client *c, const struct part *part);

/* watch.c: the kernel's counters, off the timed span */
void measure_real_offset(struct client *c);
void check_usage(struct client *c);
void note_retransmits(struct client *c, struct path *p, const struct part *part);
void check_retransmits(struct client *c, const struct part *part);

/* receive.c: 0, -ECANCELED when the user stopped it, or why the response did not come */
int receive_stream(struct client *c, int fd, int64_t start);
int receive_datagram(struct client *c, struct path *p, int64_t start);
void drain(struct client *c, struct path *p);

/* stamp.c */
void begin_stamping(struct client *c);
int ask_for_stamps(int fd, bool sent);
/* As recvmsg(); *stamp is set to the kernel's CLOCK_REALTIME of the last segment, if there is one. */
ssize_t receive_stamped(int fd, void *to, size_t len, int flags, int64_t *stamp);

/* sent.c: the kernel's stamps of what was sent, taken between transactions */
#define STAMPS_SENT 2
void take_sent_stamps(struct client *c, int fd, int64_t start);

/* transact.c */
int prepare_socket(struct client *c, int fd, bool stream);
int prepare_transaction(struct client *c, struct path *p);
int transact(struct client *c, struct path *p, int64_t start, int64_t *end);
uint32_t path_retransmits(int fd);

#endif
