// SPDX-License-Identifier: GPL-2.0-only
/* Enters network namespaces and comes back. */
#include "netns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

uint32_t netns_inode(void)
{
	struct stat here;

	return stat("/proc/self/ns/net", &here) ? 0 : here.st_ino;
}

int in_netns(const char *path, int (*act)(void *), void *argument)
{
	int here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), there = open(path, O_RDONLY | O_CLOEXEC), result;

	if (here < 0 || there < 0 || setns(there, CLONE_NEWNET)) {
		result = -errno;
	} else {
		result = act(argument);
		/* Nothing that follows may happen in the wrong namespace. */
		if (setns(here, CLONE_NEWNET))
			abort();
	}
	if (here >= 0)
		close(here);
	if (there >= 0)
		close(there);
	return result;
}
