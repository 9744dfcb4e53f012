/* SPDX-License-Identifier: GPL-2.0-only */
/* The way into a lab's namespaces. */
#ifndef HOPLAB_LAUNCH_JOIN_H
#define HOPLAB_LAUNCH_JOIN_H

#include <sys/types.h>

/* Enters all namespaces of the holder of that pid, and its root. */
void join_lab(pid_t lab);
/* Enters a network namespace of the lab by its name. */
void join_netns(const char *name);

#endif
