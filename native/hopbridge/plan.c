// SPDX-License-Identifier: GPL-2.0-only
/* Reads the plan, a line a setting or port: from stdin up to "go", from a file, or from the command line. */
#include "loader.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define MAX_WORDS 16

void print_plan_keys(void)
{
	puts("  fdb-size N            learned addresses; default 4096\n"
	     "  ageing-ms N           an address not seen for so long is unknown; 0 = never; default 300000\n"
	     "  link-local drop|forward   01:80:c2:00:00:0x (STP, LACP, PTP); default drop\n"
	     "  socket PATH           commands are taken there too; it goes with the bridge\n"
	     "  detached on|off       on: EOF on stdin does not end the bridge; needs a socket; default off\n"
	     "  pin FOLDER            on a bpffs: the loader ends, and the bridge goes on (hoplab-bridge pinned FOLDER)\n"
	     "  owner PID             the process that asks for it: while it comes up it goes down with that\n"
	     "  watch on|off          on: keep what passes for the command frames; default off, at no cost\n"
	     "  port DEV [OPTION]...  a port; up to 64. Options:");
	print_port_options();
	puts("  go                    the end of the plan");
}

static bool is_switch(const char *word, bool *value)
{
	*value = !strcmp(word, "on");
	return *value || !strcmp(word, "off");
}

/* A pinned bridge that is half up has nobody but its owner's journal to take it down: it must not come up after that. */
static void bind_to(pid_t owner)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != owner)
		refuse(NULL, "owner", "start it from a process that stays", "the process %d that asked for it is gone", owner);
}

/* Takes in one line of the plan; false if it was the last. */
static bool take_in(struct plan *plan, char *line)
{
	char *words[MAX_WORDS];
	int n = split_words(line, words, MAX_WORDS);
	uint64_t value;

	if (n == -E2BIG)
		bad_word(NULL, words[0], "(too many words)");
	if (!n || words[0][0] == '#')
		return true;
	if (n == 1 && !strcmp(words[0], "go"))
		return false;
	if (!strcmp(words[0], "port"))
		add_port(plan, words, n);
	else if (n == 2 && !strcmp(words[0], "fdb-size") && parse_number(words[1], 16, 1 << 22, &value))
		plan->fdb_size = value;
	else if (n == 2 && !strcmp(words[0], "ageing-ms") && parse_number(words[1], 0, 1000000000000ULL, &value))
		plan->ageing_ms = value;
	else if (n == 2 && !strcmp(words[0], "link-local") && (!strcmp(words[1], "drop") || !strcmp(words[1], "forward")))
		plan->forward_link_local = words[1][0] == 'f';
	else if (n == 2 && !strcmp(words[0], "socket") && strlen(words[1]) < sizeof(plan->socket))
		strcpy(plan->socket, words[1]);
	else if (n == 2 && !strcmp(words[0], "pin") && strlen(words[1]) < sizeof(plan->pin) && words[1][0] == '/')
		strcpy(plan->pin, words[1]);
	else if (n == 2 && !strcmp(words[0], "owner") && parse_number(words[1], 2, INT32_MAX, &value))
		bind_to(value);
	else if (n == 2 && !strcmp(words[0], "detached") && is_switch(words[1], &plan->detached))
		return true;
	else if (n == 2 && !strcmp(words[0], "watch") && is_switch(words[1], &plan->watch))
		return true;
	else
		bad_word(NULL, words[0], n > 1 ? words[1] : "");
	return true;
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
			if (!take_in(plan, line))
				return;
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
	plan->fdb_size = 4096;
	plan->ageing_ms = 300000;
	if (argc == 1)
		take_in_lines(plan, in, true);
	for (int i = 1; i + 1 < argc; i += 2) {
		if (!strcmp(argv[i], "--line"))
			take_in(plan, argv[i + 1]);
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
			take_in(&serving, argv[i + 1]);
	if (serving.n_ports)
		refuse(NULL, "plan", "hoplab-bridge down FOLDER, and bring it up with those ports", "a pinned bridge has its ports");
	memcpy(plan->socket, serving.socket, sizeof(plan->socket));
	plan->detached = serving.detached;
}
