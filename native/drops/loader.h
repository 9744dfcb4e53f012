/* SPDX-License-Identifier: GPL-2.0-only */
/* What the loader's files share: the plan, the points with what came of them, the way out. */
#ifndef HOPLAB_DROPS_LOADER_H
#define HOPLAB_DROPS_LOADER_H

#include "drops.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdbool.h>
#include <stdio.h>

#define MAX_PATH 256
#define MAX_WHY 400

struct netns {
	char path[MAX_PATH];
	char name[32];
	__u32 inode;
};

struct plan {
	int n;
	bool own;	/* none was named: the one of this process, and all of the machine is its */
	struct netns netns[MAX_NETNS];
};

/* A tracepoint: which programs serve it, and why it is not used ("" = it is). */
struct source {
	const char *group, *tracepoint;
	char program[40];	/* without "on_" or "raw_" */
	char why[MAX_WHY];
	struct bpf_link *link;
};

struct loaded {
	struct source sources[N_POINTS];
	struct btf *btf;	/* the kernel's; NULL = it has none */
	int drops, losses, uncounted;	/* maps; -1 = not there */
};

/* plan.c */
int read_plan(struct plan *plan);
void print_plan_keys(FILE *out);

/* load.c */
void load_points(struct loaded *loaded, const struct plan *plan);
void detach_points(struct loaded *loaded);

/* names.c */
const char *reason_name(const struct btf *btf, __u32 reason);
const char *action_name(__u32 action);
const char *errno_name(int err);
int count_arguments(const struct btf *btf, const char *tracepoint);

/* report.c */
int print_report(const struct loaded *loaded, const struct plan *plan);

#endif
