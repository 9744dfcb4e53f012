/* SPDX-License-Identifier: GPL-2.0-only */
/* The plan of a trace by tracefs: its streams with their events, and what came of them. */
#ifndef HOPLAB_HOPTRACE_TRACEFS_SETUP_H
#define HOPLAB_HOPTRACE_TRACEFS_SETUP_H

#include "../setup.h"
#include "instance.h"

#include <stdint.h>

#define MAX_STREAMS 4
#define MAX_EVENTS 64
#define MAX_PROCESSES 16
#define MAX_THREADS 64
#define MAX_TID (1 << 22)
#define MAX_FORMAT 65536
#define MAX_PAGE 65536

struct stream {
	char name[80];
	char *tids;		/* as the plan names them; NULL = all tasks */
	struct instance instance;
};

struct event {
	int stream;
	char name[80];
	char *filter;		/* NULL = none */
	char *format;		/* the kernel's; NULL = it is refused */
	char why[MAX_SAID + 80];
};

/* Threads that there were of "PID+": said in the header, since nobody else need know them. */
struct process { int pid, tids[MAX_THREADS], n; };

struct tracefs {
	char root[200], output[MAX_PATH];
	char *extra;		/* JSON; NULL = {} */
	int64_t buffer_kb, drain_ms;
	size_t page_bytes;
	int n_streams, n_events, n_processes;
	struct stream streams[MAX_STREAMS];
	struct event events[MAX_EVENTS];
	struct process processes[MAX_PROCESSES];
};

int read_tracefs_plan(struct tracefs *trace);
/* The system calls that a filter may name: "NAME":NUMBER,... */
void print_calls(FILE *out);

#endif
