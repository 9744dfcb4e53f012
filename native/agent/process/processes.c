// SPDX-License-Identifier: GPL-2.0-only
/* The orders about processes: their start, their streams, their end. */
#include "../reply.h"
#include "../verbs.h"
#include "../words.h"
#include "child.h"
#include "named.h"
#include "spawn.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void spawn(const struct order *o)
{
	struct placement at = { o->values[1].number, o->values[2].number, o->values[3].number };
	char **argv = child_argv(o);
	struct child *c = argv ? calloc(1, sizeof(*c)) : NULL;
	char why[256];

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
		child_add(c);
		snprintf(why, sizeof(why), "%d", (int)c->pid);
		reply_text(o->id, why);
	}
	free(argv);
}

static void give_stdin(const struct order *o)
{
	struct child *c = o->values[0].child;

	if (c->in < 0 || c->close_in) {
		reply_error(o->id, "stdin: that of \"%s\" is closed", c->name);
		return;
	}
	buf_add(&c->queue, o->payload, o->payload_len);
	if (c->queue.failed) {
		reply_error(o->id, "stdin: out of memory");
		return;
	}
	child_flush_stdin(c);
	reply_text(o->id, "");
}

static void end_stdin(const struct order *o)
{
	struct child *c = o->values[0].child;

	c->close_in = true;
	child_flush_stdin(c);
	reply_text(o->id, "");
}

static void give_stream(const struct order *o, const char *stream)
{
	struct child *c = o->values[0].child;
	struct buf b = { 0 };
	int err = buf_read_file(&b, child_path(c->name, stream));

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
	struct child *c = o->values[0].child;

	if (!c->ended && kill(-c->pid, (int)o->values[1].number) < 0)
		reply_error(o->id, "kill: \"%s\": %s", c->name, strerror(errno));
	else
		reply_text(o->id, "");
}

static void forget(const struct order *o)
{
	struct child *c = o->values[0].child;

	if (!c->ended)
		kill(-c->pid, SIGKILL);
	child_remove(c);
	reply_text(o->id, "");
}

const struct verb process_verbs[] = {
	{ .name = "spawn",
	  .words = { WORD("NAME", take_new_process), NUMBER("CPU", -1, CPU_SETSIZE - 1), NUMBER("FIFO", 0, 99), NUMBER("NICE", -20, 19) },
	  .payload = true, .serve = spawn, .help = "argv as NUL-ended strings; CPU -1, FIFO 0, NICE 0: as it comes; its pid" },
	{ .name = "stdin", .words = { WORD("NAME", take_process) }, .payload = true, .serve = give_stdin,
	  .help = "written as the process reads" },
	{ .name = "stdin-close", .words = { WORD("NAME", take_process) }, .serve = end_stdin, .help = "once all of it is written" },
	{ .name = "output", .words = { WORD("NAME", take_process) }, .serve = output, .help = "all of its stdout" },
	{ .name = "errors", .words = { WORD("NAME", take_process) }, .serve = errors, .help = "all of its stderr" },
	{ .name = "kill", .words = { WORD("NAME", take_process), NUMBER("SIGNAL", 0, 64) }, .serve = kill_child,
	  .wrong = "not a signal's number: \"%.40s\"", .shown = 1, .help = "its process group" },
	{ .name = "forget", .words = { WORD("NAME", take_process) }, .serve = forget, .help = "kills what still runs, frees the output" },
	{ 0 },
};
