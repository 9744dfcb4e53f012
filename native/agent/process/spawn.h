/* SPDX-License-Identifier: GPL-2.0-only */
/* The start of a process. */
#ifndef HOPLAB_AGENT_SPAWN_H
#define HOPLAB_AGENT_SPAWN_H

#include "../order.h"
#include "child.h"

struct placement {
	int64_t cpu, fifo, nice;
};

/* The payload as strings; NULL unless it is NUL-ended strings, one or more. */
char **child_argv(const struct order *o);
/* Forks, and waits for the exec: 0, or negative errno when `why` says it. */
int child_start(struct child *c, char **argv, const struct placement *at, char *why, size_t why_len);

#endif
