// SPDX-License-Identifier: GPL-2.0-only
/* Keeps the list of processes: their output goes to files in memory, so that the agent sleeps while they work. */
#include "child.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

int child_watch_fd = -1;
const char *child_folder = "/run";

static struct child *children;

const char *child_path(const char *name, const char *stream)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s.%s", child_folder, name, stream);
	return path;
}

struct child *child_named(const char *name)
{
	for (struct child *c = children; c; c = c->next)
		if (!strcmp(c->name, name))
			return c;
	return NULL;
}

void child_add(struct child *c)
{
	c->next = children;
	children = c;
}

static void close_stdin(struct child *c)
{
	if (c->in >= 0)
		close(c->in);
	c->in = -1;
	buf_free(&c->queue);
}

void child_flush_stdin(struct child *c)
{
	/* A reader that is gone ends the queue; its end is told by `wait`. */
	if (c->in >= 0 && buf_flush(&c->queue, c->in) < 0)
		close_stdin(c);
	if (c->in >= 0 && c->close_in && !c->queue.len)
		close_stdin(c);
}

void child_watch(struct child *c)
{
	if (c->watch < 0)
		c->watch = inotify_add_watch(child_watch_fd, child_path(c->name, "out"), IN_MODIFY);
}

void child_unwatch(struct child *c)
{
	if (c->watch >= 0)
		inotify_rm_watch(child_watch_fd, c->watch);
	c->watch = -1;
}

void child_remove(struct child *c)
{
	close_stdin(c);
	child_unwatch(c);
	unlink(child_path(c->name, "out"));
	unlink(child_path(c->name, "err"));
	for (struct child **link = &children; *link; link = &(*link)->next)
		if (*link == c) {
			*link = c->next;
			break;
		}
	free(c);
}

void child_reaped(pid_t pid, int status)
{
	for (struct child *c = children; c; c = c->next)
		if (c->pid == pid && !c->ended) {
			c->ended = true;
			c->status = status;
			close_stdin(c);
		}
}

void child_read_watch(void)
{
	char drop[4096] __attribute__((aligned(8)));

	while (read(child_watch_fd, drop, sizeof(drop)) > 0)
		;
}

nfds_t child_poll_add(struct pollfd *fds, nfds_t max)
{
	nfds_t n = 0;

	for (struct child *c = children; c && n < max; c = c->next)
		if (c->in >= 0 && c->queue.len)
			fds[n++] = (struct pollfd){ .fd = c->in, .events = POLLOUT };
	return n;
}

void child_poll_done(const struct pollfd *fds, nfds_t count)
{
	for (nfds_t i = 0; i < count; i++)
		for (struct child *c = children; fds[i].revents && c; c = c->next)
			if (c->in == fds[i].fd)
				child_flush_stdin(c);
}
