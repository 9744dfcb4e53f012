/* SPDX-License-Identifier: GPL-2.0-only */
/* The maps that all objects have in common, and the constants of their programs. */
#ifndef HOPLAB_HOPTRACE_MAPS_H
#define HOPLAB_HOPTRACE_MAPS_H

#include "../setup.h"

#include <bpf/libbpf.h>

/* Under which the kernel lists its maps and programs. */
#define OBJECT_NAME "hoplab_hoptrace"

enum { RECORDS, RING, LOST, PORTS, TASKS, PROCESSES, CPUS, N_MAPS };

struct maps {
	int fds[N_MAPS];
	struct config config;
	/* What programs write and the loader reads, in the memory of both. */
	struct record *records;
	struct ring *ring;	/* NULL = the kernel lets us have no map */
};

/* The maps of a plan, filled with what it says: 0 or negative errno. */
int make_maps(struct maps *maps, const struct plan *plan);
/* Gives an object the maps of all, and its constants; before it is loaded. */
int give_maps(const struct maps *maps, struct bpf_object *object);

#endif
