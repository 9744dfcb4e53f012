/* SPDX-License-Identifier: GPL-2.0-only */
/* The way of the records from the memory that is shared with the programs to the file. */
#ifndef HOPLAB_HOPTRACE_DRAIN_H
#define HOPLAB_HOPTRACE_DRAIN_H

#include "file.h"
#include "load/load.h"
#include "stop.h"

struct drained {
	__u64 start_ns;
	__u64 points[N_POINTS];
	__u64 *cpus;		/* records by CPU */
	__u64 torn;		/* claimed by a program that never wrote them */
	int n_cpus;
};
int drain(const struct loaded *loaded, const struct plan *plan, struct file *file, struct drained *drained, enum end *end);
void drain_rest(const struct loaded *loaded, struct file *file, struct drained *drained);

#endif
