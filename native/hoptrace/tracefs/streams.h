/* SPDX-License-Identifier: GPL-2.0-only */
/* The streams while they record. */
#ifndef HOPLAB_HOPTRACE_TRACEFS_STREAMS_H
#define HOPLAB_HOPTRACE_TRACEFS_STREAMS_H

#include "setup.h"

/* 0 or negative errno, when `why` says it. */
int open_streams(struct tracefs *trace, char *why, size_t size);
void switch_streams(const struct tracefs *trace, const char *on);
void close_streams(struct tracefs *trace);

#endif
