/* SPDX-License-Identifier: GPL-2.0-only */
/* An instance of tracefs: buffers and tracepoints that nobody else on this machine sees or changes. */
#ifndef HOPLAB_HOPTRACE_INSTANCE_H
#define HOPLAB_HOPTRACE_INSTANCE_H

#include <stddef.h>
#include <stdbool.h>

#define MAX_CPUS 256
#define MAX_SAID 200

struct instance {
	char path[300];
	bool made;		/* by us, so that it is ours to remove */
	int pipes[MAX_CPUS];	/* trace_pipe_raw by CPU; -1 = there is no such CPU */
	int n_cpus;
};

/* All return 0 or a negative errno. */
int make_instance(struct instance *instance, const char *path, unsigned long buffer_kb);
int set_instance(const struct instance *instance, const char *file, const char *value);
int open_pipes(struct instance *instance);
void remove_instance(struct instance *instance);

/* Reads up to `size - 1` bytes of a small file and ends them with a 0. */
int read_small(const char *path, char *text, size_t size);
/* Events that found no room on a CPU since the instance was made. */
unsigned long long lost_on_cpu(const struct instance *instance, int cpu);
/* The kernel's own word to the last filter or event that it refused; "" = none. */
void last_error(const struct instance *instance, char *said, size_t size);

#endif
