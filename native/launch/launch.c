// SPDX-License-Identifier: GPL-2.0-only
/*
 * hoplab-launch: holds a lab's namespaces alive for exactly as long as hoplab lives, starts
 * processes inside them, and gives back what a lab has borrowed outside.
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
 *
 *   hoplab-launch keep JOURNAL
 *       Takes lines on stdin: "undo ARGV", which is in JOURNAL before the next line is read, "do ARGV",
 *       "hold FD PATH", which opens a file for the commands, and "ready", which is said again. At EOF, or
 *       when a "do" fails, it runs the undos in reverse. Words have no spaces. Signals do not end it.
 *
 *   hoplab-launch take-back JOURNAL
 *       Runs the undos of a keeper that was killed.
 */
#include "enter.h"
#include "fail.h"
#include "hold.h"
#include "keep.h"

#include <stdio.h>
#include <string.h>

static void usage(FILE *to)
{
	fputs("usage: hoplab-launch hold\n"
	      "       hoplab-launch enter --lab PID [--netns NAME] [--cpu N] [--awake MS]\n"
	      "                           [--fifo PRIO] [--open FD=PATH]... -- ARGV...\n"
	      "       hoplab-launch keep JOURNAL\n"
	      "       hoplab-launch take-back JOURNAL\n", to);
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
	else if (argc == 3 && !strcmp(argv[1], "keep"))
		code = keep(argv[2]);
	else if (argc == 3 && !strcmp(argv[1], "take-back"))
		code = take_back(argv[2]);
	if (code >= 0)
		return code;
	usage(stderr);
	return EXIT_LAUNCH;
}
