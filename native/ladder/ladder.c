// SPDX-License-Identifier: GPL-2.0-only
/*
 * hoplab-ladder - finds out which protocols pass from here to there, from the simplest.
 *
 * One side answers, the other climbs. The plan comes as text on stdin, results go as lines of JSON to stdout.
 * The same static binary runs on hosts and in guests.
 */
#include "roles.h"

#include <signal.h>
#include <string.h>

static const struct command {
	const char *name, *summary;
	int (*run)(const struct plan *plan);
	bool climbing;
} commands[] = {
	{ "answer", "answers until EOF on stdin, then says what it saw; prints \"ready\" once it listens", run_answer, false },
	{ "climb", "tries the rungs of the plan, a result a line", run_climb, true },
};
#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void usage(FILE *out)
{
	fprintf(out, "usage: hoplab-ladder COMMAND < PLAN > RESULT\n\ncommands:\n");
	for (size_t i = 0; i < N_COMMANDS; i++)
		fprintf(out, "  %-8s %s\n", commands[i].name, commands[i].summary);
	fprintf(out, "\nplan, a key and its values a line, ended by the line \"go\":\n");
	print_plan_keys(out);
	fprintf(out, "\nexit codes: 0 results written, 1 a system call failed, 2 usage or plan\n");
}

int main(int argc, char **argv)
{
	static struct plan plan;

	signal(SIGPIPE, SIG_IGN);
	if (argc == 2 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		usage(stdout);
		return EXIT_DONE;
	}
	for (size_t i = 0; argc == 2 && i < N_COMMANDS; i++)
		if (!strcmp(argv[1], commands[i].name))
			return read_plan(commands[i].climbing, &plan) ? EXIT_USAGE : commands[i].run(&plan);
	usage(stderr);
	return EXIT_USAGE;
}
