// SPDX-License-Identifier: GPL-2.0-only
/* Starts a program in a lab as its options say, and ends as it ended. */
#include "enter.h"
#include "fail.h"
#include "join.h"
#include "schedule.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_OPEN 16

static void open_on(const char *spec)
{
	const char *path = strchr(spec, '=');
	char digits[16];
	int want, fd;

	if (!path || path - spec >= (long)sizeof(digits)) {
		errno = EINVAL;
		die("--open %s", spec);
	}
	memcpy(digits, spec, path - spec);
	digits[path - spec] = 0;
	want = number_of("--open", digits, 3, 1023);
	fd = open(path + 1, O_RDWR);
	if (fd < 0)
		die("open %s", path + 1);
	if (fd != want) {
		if (dup2(fd, want) < 0)
			die("put %s on descriptor %d", path + 1, want);
		close(fd);
	}
}

/* The launcher stays outside the pid namespace; signals to the process group reach the child directly. */
static int wait_for(pid_t child, int awake_ms)
{
	int status;

	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFSIGNALED(status)) {
		if (WTERMSIG(status) == SIGXCPU && awake_ms > 0)
			fprintf(stderr, "hoplab-launch: ended by the kernel, so that it cannot hold the machine: it "
				"computed under real-time priority for %d ms without sleeping\n", awake_ms);
		signal(WTERMSIG(status), SIG_DFL);
		prctl(PR_SET_DUMPABLE, 0);
		kill(getpid(), WTERMSIG(status));
		return 128 + WTERMSIG(status);
	}
	return WEXITSTATUS(status);
}

int enter(int argc, char **argv)
{
	const char *netns = NULL, *opens[MAX_OPEN];
	int i, n_opens = 0, cpu = -1, awake = 0, fifo = 0;
	pid_t lab = 0, child;

	for (i = 2; i < argc && strcmp(argv[i], "--"); i += 2) {
		const char *value = argv[i + 1];

		if (i + 1 >= argc)
			return -1;
		if (!strcmp(argv[i], "--lab"))
			lab = number_of("--lab", value, 1, 1L << 30);
		else if (!strcmp(argv[i], "--netns"))
			netns = value;
		else if (!strcmp(argv[i], "--cpu"))
			cpu = number_of("--cpu", value, 0, CPU_SETSIZE - 1);
		else if (!strcmp(argv[i], "--awake"))
			awake = number_of("--awake", value, 1, 3600000);
		else if (!strcmp(argv[i], "--fifo"))
			fifo = number_of("--fifo", value, 1, 99);
		else if (!strcmp(argv[i], "--open") && n_opens < MAX_OPEN)
			opens[n_opens++] = value;
		else
			return -1;
	}
	if (!lab || i + 1 >= argc || (fifo && !awake))
		return -1;
	argv += i + 1;

	join_lab(lab);
	if (netns)
		join_netns(netns);
	for (i = 0; i < n_opens; i++)
		open_on(opens[i]);
	child = fork();
	if (child < 0)
		die("fork in the lab");
	if (child == 0) {
		if (prctl(PR_SET_PDEATHSIG, SIGKILL))
			die("set the parent-death signal");
		if (awake)
			bound_real_time(awake);
		schedule(cpu, fifo);
		execvp(argv[0], argv);
		fprintf(stderr, "hoplab-launch: run %s: %s\n", argv[0], strerror(errno));
		_exit(errno == ENOENT ? EXIT_NOENT : EXIT_NOEXEC);
	}
	return wait_for(child, awake);
}
