/* SPDX-License-Identifier: GPL-2.0-only */
/* A process that the host ordered, and how it is started. */
#ifndef HOPLAB_CHILD_H
#define HOPLAB_CHILD_H

#include "agent.h"

struct child {
	struct child *next;
	char name[NAME_MAX_LEN];
	pid_t pid;
	bool ended;
	int status;
	int in;            /* its stdin, -1 once closed */
	bool close_in;     /* close it when all is written */
	struct buf queue;  /* not yet written to its stdin */
	int watch;         /* inotify watch on its stdout, -1 without */
};

struct placement {
	int64_t cpu, fifo, nice;
};

const char *child_path(const char *name, const char *stream);
char **child_argv(const struct order *o);
int child_start(struct child *c, char **argv, const struct placement *at, char *why, size_t why_len);

#endif
