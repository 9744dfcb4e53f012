/* SPDX-License-Identifier: GPL-2.0-only */
/* The two JSON documents of a trace by tracefs. */
#ifndef HOPLAB_HOPTRACE_TRACEFS_DOCUMENT_H
#define HOPLAB_HOPTRACE_TRACEFS_DOCUMENT_H

#include "../stop.h"
#include "setup.h"

/* `whole`: with the layouts, which a file must have and the line "ready" has no room for. */
char *describe(const struct tracefs *trace, bool whole);
char *conclude(const struct tracefs *trace, __u64 start_ns, __u64 pages, enum end end);

#endif
