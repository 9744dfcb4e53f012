/* SPDX-License-Identifier: GPL-2.0-only */
/* The plan, with what came of its points. */
#ifndef HOPLAB_HOPTRACE_SETUP_H
#define HOPLAB_HOPTRACE_SETUP_H

#include "hoptrace.h"
#include "load/points.h"

#include <stdbool.h>
#include <stdio.h>

#define MAX_PATH 256
#define MAX_NAME 32
#define MAX_ASKED 64
#define MAX_LISTED 256
#define MAX_WHY 700

struct netns { char path[MAX_PATH], name[MAX_NAME]; __u32 inode; };
struct listed { char name[MAX_NAME]; __u32 id, role; };

/* A point of the plan, and what came of it. */
struct asked {
	char name[MAX_NAME];
	int point;		/* 0 = this version knows none of that name */
	char how[160];		/* the programs in use; "" = it is refused */
	char why[MAX_WHY];	/* what the kernel said to those that are not */
};

struct plan {
	int n_asked, n_netns, n_tids, n_processes, n_ports, n_devices;
	struct asked asked[MAX_ASKED];
	struct netns netns[MAX_NETNS];
	struct listed tids[MAX_LISTED], processes[MAX_LISTED];
	__u16 ports[MAX_PORTS];
	__u32 devices[MAX_DEVICES];
	__u64 buffer_bytes, drain_ms;
	bool kvm;		/* a guest of the plan runs under KVM: kernels signal its eventfds themselves */
	enum rank calls;	/* the first that is tried: what is known of the calls of clients and servers */
	__u64 delay_ns;		/* a known delay of what is received; 0 = none */
	bool stats;		/* count the runs of each program and their time, which costs two more clock readings a run */
	char without[MAX_NAME];	/* a kind of program that is not tried; "" = none */
	char output[MAX_PATH];	/* "-" = stdout */
};

int read_plan(struct plan *plan);
void print_plan_keys(FILE *out);

#endif
