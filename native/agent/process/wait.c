// SPDX-License-Identifier: GPL-2.0-only
/* The orders that wait for a process: for its end, for its first line. */
#include "../pending.h"
#include "../reply.h"
#include "../verbs.h"
#include "../words.h"
#include "child.h"
#include "named.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct child *of_pending(struct pending *p, const char *verb)
{
	struct child *c = child_named(p->name);

	if (!c)
		reply_error(p->id, "%s: \"%s\" was forgotten", verb, p->name);
	return c;
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
	child_unwatch(c);
	return true;
}

static void wait_end(const struct order *o)
{
	struct pending *p = pending_new(o, o->values[1].number, check_wait);

	if (!p)
		return;
	strcpy(p->name, o->values[0].child->name);
	pending_run(p);
}

static void wait_line(const struct order *o)
{
	struct pending *p = pending_new(o, o->values[1].number, check_line);

	if (!p)
		return;
	strcpy(p->name, o->values[0].child->name);
	child_watch(o->values[0].child);
	pending_run(p);
}

const struct verb wait_verbs[] = {
	{ .name = "wait", .words = { WORD("NAME", take_process), WORD("MS", take_timeout) }, .serve = wait_end,
	  .help = "JSON: exit code or signal" },
	{ .name = "wait-line", .words = { WORD("NAME", take_process), WORD("MS", take_timeout) }, .serve = wait_line,
	  .help = "the first line of its stdout" },
	{ 0 },
};
