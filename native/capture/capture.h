/* SPDX-License-Identifier: GPL-2.0-only */
/* What the capture's files share: the plan, its hops, and the frames that were kept. */
#ifndef HOPLAB_CAPTURE_H
#define HOPLAB_CAPTURE_H

#include "record.h"

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#define MAX_HOPS 64
#define MAX_PATH 256
#define MAX_FRAME_BYTES (1 << 18)
/* All frames of one capture: what a guest of modest memory has to spare. */
#define MAX_STORE_BYTES (48u << 20)

enum exit_code { EXIT_DONE = 0, EXIT_SYSTEM = 1, EXIT_USAGE = 2 };

struct hop {
	char name[64];
	char device[IF_NAMESIZE];
	char netns[MAX_PATH];	/* "" = the one of this process */
	int fd;			/* -1 = it could not be opened */
	struct hop_record record;
};

struct plan {
	int n_hops;
	struct hop hops[MAX_HOPS];
	uint64_t max_frames;	/* a hop */
	uint64_t max_bytes;	/* a frame */
};

/* plan.c */
int read_plan(struct plan *plan);
void print_plan_keys(FILE *out);

/* hop.c */
int open_hop(struct hop *hop);
void read_hop(struct plan *plan, int index);
void count_hop(struct hop *hop);

/* store.c */
int store_frame(const struct frame_record *frame, const void *bytes);
int write_store(const struct plan *plan);

#endif
