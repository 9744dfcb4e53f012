// SPDX-License-Identifier: GPL-2.0-only
/*
 * hoplab-bridge: a learning Ethernet bridge in eBPF over devices of this network namespace.
 *
 *   hoplab-bridge < PLAN-AND-COMMANDS
 *       Reads a plan up to the line "go", attaches, prints "ready JSON\n", and answers commands until EOF. Then, or
 *       when it is killed, the kernel detaches everything. What it will not do it says in one line,
 *       "refused JSON\n", before anything of it is in force, and ends with status 1.
 *   hoplab-bridge [--line LINE]... [--plan FILE]
 *       The same with the plan's lines as words or in a file.
 *   hoplab-bridge pinned FOLDER [--line LINE]...
 *       Answers commands for a bridge that was pinned there, and leaves it.
 *   hoplab-bridge down FOLDER
 *       Takes a pinned bridge down.
 *   hoplab-bridge ask SOCKET COMMAND...
 *       Sends a command to one that runs and prints its answer.
 */
#include "commands/frames.h"
#include "commands/serve.h"
#include "commands/show.h"
#include "commands/socket.h"
#include "load.h"
#include "pin/down.h"
#include "pin/pin.h"
#include "pin/saved.h"
#include "plan/read_plan.h"
#include "ports/attach.h"
#include "ports/check.h"
#include "say.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void print_ready(struct bridge *bridge)
{
	fputs("ready ", out);
	serve_show(bridge);
	fflush(out);
}

static void usage(FILE *to)
{
	fputs("usage: hoplab-bridge < PLAN-AND-COMMANDS\n"
	      "       hoplab-bridge [--line PLAN-LINE]... [--plan FILE|-] < COMMANDS\n"
	      "       hoplab-bridge ask SOCKET COMMAND...\n"
	      "       hoplab-bridge pinned FOLDER [--line \"socket PATH\"] < COMMANDS\n"
	      "       hoplab-bridge down FOLDER\n", to);
}

static void help(void)
{
	usage(stdout);
	puts("\nplan:");
	print_plan_keys();
	puts("\ncommands, each answered by a line of JSON:\n"
	     "  show                                 the ports, how each is attached, and what the user should know\n"
	     "  stats                                counters of every port, losses by reason, the FDB's fill\n"
	     "  fdb [show]                           addresses\n"
	     "  fdb add MAC dev PORT [vlan V]        a static one\n"
	     "  fdb del MAC [vlan V]\n"
	     "  fdb flush [dev PORT]                 the learned ones\n"
	     "  frames                               with watch on: what passed since the last time\n"
	     "  programs                             their ids, and how many instructions the kernel runs of each\n"
	     "  stop                                 the end\n"
	     "  down                                 the end of a pinned bridge");
}

static bool is_usage(int argc, char **argv)
{
	for (int i = 1; i < argc; i += 2)
		if (i + 1 == argc || (strcmp(argv[i], "--line") && strcmp(argv[i], "--plan")))
			return false;
	return true;
}

static int down(const char *folder)
{
	char text[512];

	if (!take_down(folder, text, sizeof(text)))
		return 0;
	fprintf(stderr, "hoplab-bridge: %s\n", text);
	return 1;
}

static void bring_up(struct bridge *bridge, const struct plan *plan)
{
	bridge->plan = plan;
	check_kernel();
	check_ports(bridge);
	load_bridge(bridge);
	if (plan->socket[0])
		bind_socket(plan->socket);
	attach_bridge(bridge);
}

int main(int argc, char **argv)
{
	static struct lines in = { .fd = STDIN_FILENO };
	static struct bridge bridge;
	static struct plan plan;
	bool reopen = argc >= 3 && !strcmp(argv[1], "pinned");
	int words = reopen ? 2 : 0;

	out = stdout;
	if (argc == 2 && !strcmp(argv[1], "--help")) {
		help();
		return 0;
	}
	if (argc >= 4 && !strcmp(argv[1], "ask"))
		return ask_bridge(argv[2], argc - 3, argv + 3);
	if (argc == 3 && !strcmp(argv[1], "down"))
		return down(argv[2]);
	if (!is_usage(argc - words, argv + words)) {
		usage(stderr);
		return 2;
	}
	if (reopen) {
		reopen_bridge(&bridge, argv[2]);
		read_serving(&bridge.saved.plan, argc - words, argv + words);
		if (bridge.plan->socket[0])
			bind_socket(bridge.plan->socket);
	} else {
		read_plan(&plan, &in, argc, argv);
		bring_up(&bridge, &plan);
	}
	if (reopen || !plan.pin[0])
		open_frames(&bridge);
	/* Who waits for the socket knows by it that the bridge works. */
	if (bridge.plan->socket[0])
		publish_socket(bridge.plan->socket);
	catch_signals();
	print_ready(&bridge);
	keep_pins();
	if (reopen || !plan.pin[0])
		serve(&bridge, &in);
	return 0;
}
