// SPDX-License-Identifier: GPL-2.0-only
/* Reads the plan, a line a setting or port: from stdin up to "go", from a file, or from the command line. */
#include "read_plan.h"
#include "../say.h"
#include "number.h"
#include "plan.h"
#include "port_options.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* A pinned bridge that is half up has nobody but its owner's journal to take it down: it must not come up after that. */
static void bind_to(pid_t owner)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != owner)
		refuse(NULL, "owner", "start it from a process that stays", "the process %d that asked for it is gone", owner);
}

static int set_pin(void *to, const struct plan_line *line)
{
	struct plan *plan = to;

	if (strlen(line->words[1]) >= sizeof(plan->pin) || line->words[1][0] != '/')
		bad_word(NULL, "pin", line->words[1]);
	strcpy(plan->pin, line->words[1]);
	return 0;
}

static int set_owner(void *plan, const struct plan_line *line)
{
	int64_t owner;

	(void)plan;
	if (!parse_number(line->words[1], 2, INT32_MAX, &owner))
		bad_word(NULL, "owner", line->words[1]);
	bind_to(owner);
	return 0;
}

static int take_port(void *plan, const struct plan_line *line)
{
	add_port(plan, line->words, line->n);
	return 0;
}

static const char *const link_local[] = { "drop", "forward", NULL };
static const char *const off_on[] = { "off", "on", NULL };

static const struct plan_key keys[] = {
	{ .name = "fdb-size", .values = "N", .kind = PLAN_NUMBER, PLAN_FIELD(plan, fdb_size), .least = 16, .most = 1 << 22,
	  .preset = 4096, .help = "learned addresses" },
	{ .name = "ageing-ms", .values = "N", .kind = PLAN_NUMBER, PLAN_FIELD(plan, ageing_ms), .most = 1000000000000LL,
	  .preset = 300000, .help = "an address not seen for so long is unknown; 0 = never" },
	{ .name = "link-local", .kind = PLAN_WORD, PLAN_FIELD(plan, forward_link_local), .words = link_local,
	  .help = "01:80:c2:00:00:0x (STP, LACP, PTP)" },
	{ .name = "socket", .values = "PATH", .kind = PLAN_TEXT, PLAN_FIELD(plan, socket),
	  .help = "commands are taken there too; it goes with the bridge" },
	{ .name = "detached", .kind = PLAN_WORD, PLAN_FIELD(plan, detached), .words = off_on,
	  .help = "on: EOF on stdin does not end the bridge; needs a socket" },
	{ .name = "pin", .values = "FOLDER", .take = set_pin, .fewest = 1, .most_values = 1,
	  .help = "on a bpffs: the loader ends, and the bridge goes on (hoplab-bridge pinned FOLDER)" },
	{ .name = "owner", .values = "PID", .take = set_owner, .fewest = 1, .most_values = 1,
	  .help = "the process that asks for it: while it comes up it goes down with that" },
	{ .name = "watch", .kind = PLAN_WORD, PLAN_FIELD(plan, watch), .words = off_on,
	  .help = "on: keep what passes for the command frames; off costs nothing" },
	{ .name = "port", .values = "DEV [OPTION]...", .take = take_port, .most_values = PLAN_WORDS,
	  .help = "a port; up to 64. Its options are below" },
};

/* Does not return. */
static int reject(enum plan_fault fault, const struct plan_key *key, const struct plan_line *line)
{
	if (fault == PLAN_COUNT && !key)
		bad_word(NULL, line->words[0], "(too many words)");
	bad_word(NULL, line->words[0], line->n > 1 ? line->words[1] : "");
}

static const struct plan_table table = { .keys = keys, .n_keys = sizeof(keys) / sizeof(keys[0]), .reject = reject };

void print_plan_keys(void)
{
	print_keys(stdout, &table, 0);
	puts("\noptions of a port:");
	print_port_options();
}

static void take_in_lines(struct plan *plan, struct lines *in, bool needs_go)
{
	static char line[MAX_LINE];

	for (;;) {
		int length = take_line(in, line, sizeof(line));

		if (length < 0 && length != -EAGAIN)
			refuse(NULL, "plan", "hoplab-bridge --help lists the keys", "a line is not text, or longer than %d bytes",
			       MAX_LINE);
		if (length >= 0) {
			if (is_go(line))
				return;
			take_plan_line(&table, 0, plan, line, 0);
		} else if (!read_more(in)) {
			if (needs_go || in->start != in->end)
				refuse(NULL, "plan", needs_go ? "end the plan with a line \"go\"" : "end it with a newline",
				       "the plan ended before its last line");
			return;
		}
	}
}

static void take_in_file(struct plan *plan, const char *path)
{
	struct lines *file = calloc(1, sizeof(*file));

	if (!file || (file->fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		refuse(NULL, "plan", "name a file that can be read, or - for stdin", "open %s: %s", path, strerror(errno));
	take_in_lines(plan, file, false);
	close(file->fd);
	free(file);
}

/* Lines that are given as words need no "go", and leave stdin to commands alone. */
void read_plan(struct plan *plan, struct lines *in, int argc, char **argv)
{
	preset_plan(&table, plan);
	if (argc == 1)
		take_in_lines(plan, in, true);
	for (int i = 1; i + 1 < argc; i += 2) {
		if (!strcmp(argv[i], "--line"))
			take_plan_line(&table, 0, plan, argv[i + 1], 0);
		else if (!strcmp(argv[i + 1], "-"))
			take_in_lines(plan, in, true);
		else
			take_in_file(plan, argv[i + 1]);
	}
	if (plan->n_ports < 2)
		refuse(NULL, "plan", "name two ports or more", "a bridge of %d ports", plan->n_ports);
	if (plan->pin[0] && plan->socket[0])
		refuse(NULL, "plan", "hoplab-bridge pinned FOLDER --line \"socket PATH\" serves one",
		       "a pinned bridge has no process that could answer at a socket");
	if (plan->detached && !plan->socket[0])
		refuse(NULL, "plan", "add a line: socket PATH", "detached without a socket: nothing could end it");
}

/* How a pinned bridge is served has nothing to do with its plan. */
void read_serving(struct plan *plan, int argc, char **argv)
{
	static struct plan serving;

	for (int i = 1; i + 1 < argc; i += 2)
		if (!strcmp(argv[i], "--line"))
			take_plan_line(&table, 0, &serving, argv[i + 1], 0);
	if (serving.n_ports)
		refuse(NULL, "plan", "hoplab-bridge down FOLDER, and bring it up with those ports", "a pinned bridge has its ports");
	memcpy(plan->socket, serving.socket, sizeof(plan->socket));
	plan->detached = serving.detached;
}
