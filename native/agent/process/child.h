/* SPDX-License-Identifier: GPL-2.0-only */
/* Processes that the host ordered, each with what is still to be written to it. */
#ifndef HOPLAB_AGENT_CHILD_H
#define HOPLAB_AGENT_CHILD_H

#include "../buf.h"

#include <poll.h>
#include <sys/types.h>

#define NAME_MAX_LEN 32

struct child {
	struct child *next;
	char name[NAME_MAX_LEN];
	pid_t pid;
	bool ended;
	int status;
	int in;            /* its stdin, -1 once closed */
	bool close_in;     /* close it when all is written */
	struct buf queue;  /* not yet written to its stdin */
	int watch;         /* inotify watch on its stdout, -1 without */
};

extern int child_watch_fd;
/* Where the files of their output are. */
extern const char *child_folder;

/* NULL = there is none of that name. */
struct child *child_named(const char *name);
void child_add(struct child *c);
/* Closes what is open for it, and frees it. */
void child_remove(struct child *c);
/* The file of its stdout ("out") or stderr ("err"), until the next call. */
const char *child_path(const char *name, const char *stream);

void child_flush_stdin(struct child *c);
/* Has its next output wake the agent; and no longer. */
void child_watch(struct child *c);
void child_unwatch(struct child *c);

void child_reaped(pid_t pid, int status);
void child_read_watch(void);
nfds_t child_poll_add(struct pollfd *fds, nfds_t max);
void child_poll_done(const struct pollfd *fds, nfds_t count);

#endif
