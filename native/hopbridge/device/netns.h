/* SPDX-License-Identifier: GPL-2.0-only */
/* Network namespaces: this one, and others for a while. */
#ifndef HOPBRIDGE_NETNS_H
#define HOPBRIDGE_NETNS_H

#include <stdint.h>

/* Runs a function in another network namespace and comes back: its result, or -errno. */
int in_netns(const char *path, int (*act)(void *), void *argument);
uint32_t netns_inode(void);

#endif
