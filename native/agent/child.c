// SPDX-License-Identifier: GPL-2.0-only
/* The orders about processes: their output goes to files in memory, so that the agent sleeps while they work. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"

int child_watch_fd = -1;

static struct child *children;

static struct child *find(const struct order *o)
{
	for (struct child *c = children; c; c = c->next)
		if (!strcmp(c->name, o->argv[0]))
			return c;
	reply_error(o->id, "%s: there is no process \"%.40s\"", o->verb, o->argv[0]);
	return NULL;
}

static void close_stdin(struct child *c)
{
	if (c->in >= 0)
		close(c->in);
	c->in = -1;
	buf_free(&c->queue);
}

static void flush_stdin(struct child *c)
{
	/* A reader that is gone ends the queue; its end is told by `wait`. */
	if (c->in >= 0 && buf_flush(&c->queue, c->in) < 0)
		close_stdin(c);
	if (c->in >= 0 && c->close_in && !c->queue.len)
		close_stdin(c);
}

static void spawn(const struct order *o)
{
	char why[256];
	struct placement at;
	struct child *c;
	char **argv;

	if (strlen(o->argv[0]) >= NAME_MAX_LEN || strchr(o->argv[0], '/')) {
		reply_error(o->id, "spawn: a name has 1 to %d characters and no slash", NAME_MAX_LEN - 1);
		return;
	}
	for (c = children; c; c = c->next)
		if (!strcmp(c->name, o->argv[0])) {
			reply_error(o->id, "spawn: \"%s\" is there already: forget it first", c->name);
			return;
		}
	if (!parse_number(o->argv[1], -1, CPU_SETSIZE - 1, &at.cpu) || !parse_number(o->argv[2], 0, 99, &at.fifo) ||
	    !parse_number(o->argv[3], -20, 19, &at.nice)) {
		reply_error(o->id, "spawn: needs CPU (-1 to %d) FIFO (0 to 99) NICE (-20 to 19)", CPU_SETSIZE - 1);
		return;
	}
	argv = child_argv(o);
	c = argv ? calloc(1, sizeof(*c)) : NULL;
	if (!c) {
		reply_error(o->id, "spawn: the payload must be strings, each ended by a NUL");
		free(argv);
		return;
	}
	strcpy(c->name, o->argv[0]);
	c->in = c->watch = -1;
	if (child_start(c, argv, &at, why, sizeof(why)) < 0) {
		reply_error(o->id, "spawn: %s: %s", argv[0], why);
		free(c);
	} else {
		c->next = children;
		children = c;
		snprintf(why, sizeof(why), "%d", (int)c->pid);
		reply_text(o->id, why);
	}
	free(argv);
}

static void give_stdin(const struct order *o)
{
	struct child *c = find(o);

	if (!c)
		return;
	if (c->in < 0 || c->close_in) {
		reply_error(o->id, "stdin: that of \"%s\" is closed", c->name);
		return;
	}
	buf_add(&c->queue, o->payload, o->payload_len);
	if (c->queue.failed) {
		reply_error(o->id, "stdin: out of memory");
		return;
	}
	flush_stdin(c);
	reply_text(o->id, "");
}

static void end_stdin(const struct order *o)
{
	struct child *c = find(o);

	if (!c)
		return;
	c->close_in = true;
	flush_stdin(c);
	reply_text(o->id, "");
}

static struct child *of_pending(struct pending *p, const char *verb)
{
	for (struct child *c = children; c; c = c->next)
		if (!strcmp(c->name, p->name))
			return c;
	reply_error(p->id, "%s: \"%s\" was forgotten", verb, p->name);
	return NULL;
}

static bool check_wait(struct pending *p, bool expired)
{
	struct child *c = of_pending(p, "wait");
	char text[64];

	if (!c)
		return true;
	if (!c->ended) {
		if (expired)
			reply_error(p->id, "wait: \"%s\" still runs after %ld ms", c->name, p->timeout_ms);
		return expired;
	}
	if (WIFSIGNALED(c->status))
		snprintf(text, sizeof(text), "{\"code\":null,\"signal\":%d}", WTERMSIG(c->status));
	else
		snprintf(text, sizeof(text), "{\"code\":%d,\"signal\":null}", WEXITSTATUS(c->status));
	reply_text(p->id, text);
	return true;
}

static bool check_line(struct pending *p, bool expired)
{
	struct child *c = of_pending(p, "wait-line");
	char text[4096];
	int fd;
	ssize_t n;
	char *end;

	if (!c)
		return true;
	fd = open(child_path(c->name, "out"), O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : pread(fd, text, sizeof(text), 0);
	if (fd >= 0)
		close(fd);
	end = n > 0 ? memchr(text, '\n', (size_t)n) : NULL;
	if (end)
		reply_ok(p->id, text, (size_t)(end - text));
	else if (n == sizeof(text))
		reply_error(p->id, "wait-line: the first line of \"%s\" is longer than %zu bytes", c->name, sizeof(text));
	else if (c->ended)
		reply_error(p->id, "wait-line: \"%s\" ended without a line", c->name);
	else if (expired)
		reply_error(p->id, "wait-line: no line of \"%s\" within %ld ms", c->name, p->timeout_ms);
	else
		return false;
	/* No more events: from here on its output wakes nobody. */
	if (c->watch >= 0)
		inotify_rm_watch(child_watch_fd, c->watch);
	c->watch = -1;
	return true;
}

static void wait_for(const struct order *o, bool (*check)(struct pending *, bool))
{
	struct child *c = find(o);
	struct pending *p = c ? pending_new(o, o->argv[1], check) : NULL;

	if (!p)
		return;
	strcpy(p->name, c->name);
	if (check == check_line && c->watch < 0)
		c->watch = inotify_add_watch(child_watch_fd, child_path(c->name, "out"), IN_MODIFY);
	pending_run(p);
}

static void wait_end(const struct order *o)
{
	wait_for(o, check_wait);
}

static void wait_line(const struct order *o)
{
	wait_for(o, check_line);
}

static void give_stream(const struct order *o, const char *stream)
{
	struct child *c = find(o);
	struct buf b = { 0 };
	int err;

	if (!c)
		return;
	err = buf_read_file(&b, child_path(c->name, stream));
	if (!err) {
		reply_buf(o->id, &b);
		return;
	}
	reply_error(o->id, "%s: %s", o->verb, strerror(-err));
	buf_free(&b);
}

static void output(const struct order *o)
{
	give_stream(o, "out");
}

static void errors(const struct order *o)
{
	give_stream(o, "err");
}

static void kill_child(const struct order *o)
{
	struct child *c = find(o);
	int64_t number;

	if (!c)
		return;
	if (!parse_number(o->argv[1], 0, 64, &number))
		reply_error(o->id, "kill: not a signal's number: \"%.40s\"", o->argv[1]);
	else if (!c->ended && kill(-c->pid, (int)number) < 0)
		reply_error(o->id, "kill: \"%s\": %s", c->name, strerror(errno));
	else
		reply_text(o->id, "");
}

static void forget(const struct order *o)
{
	struct child *c = find(o);

	if (!c)
		return;
	if (!c->ended)
		kill(-c->pid, SIGKILL);
	close_stdin(c);
	if (c->watch >= 0)
		inotify_rm_watch(child_watch_fd, c->watch);
	unlink(child_path(c->name, "out"));
	unlink(child_path(c->name, "err"));
	for (struct child **link = &children; *link; link = &(*link)->next)
		if (*link == c) {
			*link = c->next;
			break;
		}
	free(c);
	reply_text(o->id, "");
}

/* Reaps whatever has ended, orphans of the processes too: this is pid 1. */
void child_reap(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		shell_reaped(pid);
		for (struct child *c = children; c; c = c->next)
			if (c->pid == pid && !c->ended) {
				c->ended = true;
				c->status = status;
				close_stdin(c);
			}
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
				flush_stdin(c);
}

const struct verb child_verbs[] = {
	{ "spawn", 4, true, spawn },
	{ "stdin", 1, true, give_stdin },
	{ "stdin-close", 1, false, end_stdin },
	{ "wait", 2, false, wait_end },
	{ "wait-line", 2, false, wait_line },
	{ "output", 1, false, output },
	{ "errors", 1, false, errors },
	{ "kill", 2, false, kill_child },
	{ "forget", 1, false, forget },
	{ 0 },
};
