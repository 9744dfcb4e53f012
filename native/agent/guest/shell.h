/* SPDX-License-Identifier: GPL-2.0-only */
/* A shell for looking around. */
#ifndef HOPLAB_AGENT_SHELL_H
#define HOPLAB_AGENT_SHELL_H

#include <poll.h>
#include <sys/types.h>

nfds_t shell_poll_add(struct pollfd *fds);
void shell_poll_done(const struct pollfd *fds, nfds_t count);
void shell_reaped(pid_t pid);

#endif
