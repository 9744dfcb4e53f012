/* SPDX-License-Identifier: GPL-2.0-only */
/* The points, and the programs by which each can be had, the best first. */
#ifndef HOPLAB_HOPTRACE_POINTS_H
#define HOPLAB_HOPTRACE_POINTS_H

/* Programs of a point: those of one rank together, the next where none of it is granted; the first two for plans that say so. */
enum rank { RANK_TCP, RANK_UDP, RANK_USUAL, RANK_OTHER, RANK_LAST };

enum way_kind { TRACEPOINT, ENTRY, EXIT, PROBE };
/* What a plan must have, for a way to be of use to it. */
enum way_needs { ALWAYS, NEEDS_VHOST, NEEDS_KVM, NEEDS_NO_KVM };
struct way {
	int point;
	enum rank rank;
	enum way_kind kind;
	const char *program, *target;
	enum way_needs needs;
	const char *module;	/* where the target is; without it there is nothing to trace; NULL = in the kernel itself */
};
extern const struct way ways[];
extern const int n_ways;
const char *point_name(int point);
const char *point_meaning(int point);
int find_point(const char *name);
const char *way_name(enum way_kind kind);

#endif
