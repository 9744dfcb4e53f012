/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs that are loaded, and held by their links. */
#ifndef HOPLAB_HOPTRACE_LOAD_H
#define HOPLAB_HOPTRACE_LOAD_H

#include "maps.h"

#define MAX_LINKS 64

struct loaded {
	struct maps maps;
	int lost;		/* map; -1 = none */
	int delay_err;		/* why the delay of the plan is not there; 0 = it is */
	struct bpf_link *links[MAX_LINKS];
	struct bpf_program *programs[MAX_LINKS];	/* of the links */
	int n_links;
	int stats;		/* while open, the kernel counts; -1 = it does not */
	struct { __u64 runs, ns; } spent[MAX_LINKS];	/* of the programs, once detached */
	__u64 missed;		/* events during which the same program ran on that CPU already */
};

/* Loads and attaches the ways of `wanted`, a bit each; 0 or negative errno, and then none of them is loaded. */
int load_ways(struct loaded *loaded, struct plan *plan, __u64 wanted);
/* The delay is no point: a trace that is to prove something by it does not begin without. */
int load_delay(struct loaded *loaded, __u64 delay_ns);
void detach_points(struct loaded *loaded);

#endif
