/* SPDX-License-Identifier: GPL-2.0-only */
/* A trace by tracefs: its plan, its streams with their events, and what is kept of their pages. */
#ifndef HOPLAB_HOPTRACE_TRACEFS_H
#define HOPLAB_HOPTRACE_TRACEFS_H

#include "instance.h"
#include "loader.h"

#define MAX_STREAMS 4
#define MAX_EVENTS 64
#define MAX_PROCESSES 16
#define MAX_THREADS 64
#define MAX_TID (1 << 22)
#define MAX_FORMAT 65536
#define MAX_PAGE 65536
#define BLOCK_BYTES (256 << 10)

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

/* What goes to the file: pages of one pipe until they fill a block. */
struct pages {
	struct file file;
	struct gathered { __u32 stream, cpu; unsigned char bytes[BLOCK_BYTES]; } gathered;
	size_t n_gathered;
	__u64 written;
};

/* tracefs-plan.c */
int read_tracefs_plan(struct tracefs *trace);
/* The system calls that a filter may name: "NAME":NUMBER,... */
void print_calls(FILE *out);

/* tracefs-streams.c */
int open_streams(struct tracefs *trace, char *why, size_t size);
void switch_streams(const struct tracefs *trace, const char *on);
void close_streams(struct tracefs *trace);

/* tracefs-json.c; `whole`: with the layouts, which a file must have and the line "ready" has no room for */
char *describe(const struct tracefs *trace, bool whole);
char *conclude(const struct tracefs *trace, __u64 start_ns, __u64 pages, enum end end);

/* tracefs-pages.c: all that is there now; what comes before `until` has been read then */
int drain_streams(const struct tracefs *trace, struct pages *pages, __u64 until);

#endif
