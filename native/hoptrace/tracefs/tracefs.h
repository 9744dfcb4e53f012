/* SPDX-License-Identifier: GPL-2.0-only */
/* Tracing by the kernel's own buffers instead of BPF. */
#ifndef HOPLAB_HOPTRACE_TRACEFS_H
#define HOPLAB_HOPTRACE_TRACEFS_H

/* Reads the plan and records until the end: the exit code. */
int trace_by_tracefs(void);

#endif
