// SPDX-License-Identifier: GPL-2.0-only
/* Instead of the agent's port.c: a guest of the fake VMM finds its ports open, as the environment says. */
#include "port.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

int port_open(const char *name, int timeout_ms)
{
	const char *number = getenv(strcmp(name, "hoplab.shell") ? "AGENT_FD" : "SHELL_FD");
	int fd = number ? atoi(number) : -1;

	(void)timeout_ms;
	if (fd < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return -ENOENT;
	return fd;
}
