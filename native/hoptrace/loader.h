/* SPDX-License-Identifier: GPL-2.0-only */
/* What the loader's files share: the plan, the points with what came of them, the file that is written. */
#ifndef HOPLAB_HOPTRACE_LOADER_H
#define HOPLAB_HOPTRACE_LOADER_H

#include "hoptrace.h"

#include <bpf/libbpf.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define MAX_PATH 256
#define MAX_NAME 32
#define MAX_ASKED 64
#define MAX_LISTED 256
#define MAX_WHY 700

struct netns { char path[MAX_PATH], name[MAX_NAME]; __u32 inode; };
struct listed { char name[MAX_NAME]; __u32 id, role; };

/* Programs of a point: those of one rank together, the next where none of it is granted; the first two for plans that say so. */
enum rank { RANK_TCP, RANK_UDP, RANK_USUAL, RANK_OTHER, RANK_LAST };

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
	enum rank calls;	/* the first that is tried: what is known of the calls of clients and servers */
	__u64 delay_ns;		/* a known delay of what is received; 0 = none */
	bool stats;		/* count the runs of each program and their time, which costs two more clock readings a run */
	char without[MAX_NAME];	/* a kind of program that is not tried; "" = none */
	char output[MAX_PATH];	/* "-" = stdout */
};

/* plan.c */
int read_plan(struct plan *plan);
void print_plan_keys(FILE *out);

/* points.c: the programs of each point, the best first */
enum way_kind { TRACEPOINT, ENTRY, EXIT, PROBE };
struct way {
	int point;
	enum rank rank;
	enum way_kind kind;
	const char *program, *target;
};
extern const struct way ways[];
extern const int n_ways;
const char *point_name(int point);
const char *point_meaning(int point);
int find_point(const char *name);
const char *way_name(enum way_kind kind);

/* load.c */
struct loaded {
	struct ring *ring;	/* NULL = the kernel lets us have no map */
	struct record *records;
	__u64 capacity;
	int lost;		/* map; -1 = none */
	int delay_err;		/* why the delay of the plan is not there; 0 = it is */
	struct bpf_link *links[64];
	struct bpf_program *programs[64];	/* of the links */
	int n_links;
	int stats;		/* while open, the kernel counts; -1 = it does not */
	struct { __u64 runs, ns; } spent[64];	/* of the programs, once detached */
	__u64 missed;		/* events during which the same program ran on that CPU already */
};
#define OBJECT_NAME "hoplab_hoptrace"
void load_points(struct loaded *loaded, struct plan *plan);
void detach_points(struct loaded *loaded);

/* file.c: blocks of records */
#define BLOCK_RECORDS_MAX 8192
struct file {
	int fd;
	__u32 mechanism;	/* 0 = MECHANISM_BPF */
	int err;		/* of the first write that failed; nothing is written after it */
	__u64 flushed_ns;
	__u32 held;		/* records in the block under construction */
	struct { struct block_head head; struct record records[BLOCK_RECORDS_MAX]; } block;
};
int open_file(struct file *file, const struct plan *plan, const char *json);
void put_record(struct file *file, const struct record *record);
void flush_file(struct file *file);
void put_block(struct file *file, __u32 kind, const void *bytes, size_t length);
int end_file(struct file *file, const char *json);

/* drain.c */
enum end { END_INPUT, END_SIGNAL };
struct drained {
	__u64 start_ns;
	__u64 points[N_POINTS];
	__u64 *cpus;		/* records by CPU */
	__u64 torn;		/* claimed by a program that never wrote them */
	int n_cpus;
};
int drain(const struct loaded *loaded, const struct plan *plan, struct file *file, struct drained *drained, enum end *end);
void drain_rest(const struct loaded *loaded, struct file *file, struct drained *drained);

/* json.c */
void put_string(FILE *out, const char *text);
char *header_json(const struct plan *plan);
char *trailer_json(const struct loaded *loaded, const struct drained *drained, enum end end);

/* clock.c: ,"tsc":{...}, or nothing where there is no such counter */
void put_tsc(FILE *out);

/* abilities.c */
int print_abilities(void);

/* tracefs.c: the kernel's own buffers instead of BPF */
int trace_by_tracefs(void);

/* hoptrace.c */
extern volatile sig_atomic_t stopping;
__u64 now_ns(void);

#endif
