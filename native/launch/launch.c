// SPDX-License-Identifier: GPL-2.0-only
/*
 * hoplab-launch: holds a lab's namespaces alive for exactly as long as hoplab lives, and starts
 * processes inside them.
 *
 *   hoplab-launch hold
 *       New pid, mount, network and IPC namespaces. Their pid 1 mounts a private /proc and /run,
 *       prints "ready PID\n" (its pid as seen from outside) and waits. EOF on stdin, or the death
 *       of the parent, ends it, and the kernel then ends everything inside.
 *
 *   hoplab-launch enter --lab PID [--netns NAME] [--cpu N] [--awake MS] [--fifo PRIO]
 *                       [--open FD=PATH]... -- ARGV...
 *       Runs ARGV inside that lab, in its network namespace NAME (as ip-netns(8) names it), with
 *       files opened on given descriptors, and ends as it ended. A thread of it that computes
 *       under real-time priority for MS without sleeping is ended by the kernel, with all of its
 *       process; --fifo needs that bound, and who takes the priority later is bound as well.
 */
#include "enter.h"
#include "fail.h"
#include "hold.h"

#include <stdio.h>
#include <string.h>

static void usage(FILE *to)
{
	fputs("usage: hoplab-launch hold\n"
	      "       hoplab-launch enter --lab PID [--netns NAME] [--cpu N] [--awake MS]\n"
	      "                           [--fifo PRIO] [--open FD=PATH]... -- ARGV...\n", to);
}

int main(int argc, char **argv)
{
	int code = -1;

	if (argc == 2 && !strcmp(argv[1], "--help")) {
		usage(stdout);
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "hold"))
		code = hold();
	else if (argc > 2 && !strcmp(argv[1], "enter"))
		code = enter(argc, argv);
	if (code >= 0)
		return code;
	usage(stderr);
	return EXIT_LAUNCH;
}
