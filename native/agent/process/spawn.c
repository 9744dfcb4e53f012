// SPDX-License-Identifier: GPL-2.0-only
/* Starts a process where the order wants it: CPU, scheduling class, niceness, output into files. */
#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* musl's sched_setscheduler() returns ENOSYS: the system call itself does it. */
static int set_fifo(int priority)
{
	struct sched_param param = { .sched_priority = priority };

	return syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &param) < 0 ? -errno : 0;
}

/* In the child: never returns. What fails is written to `report` as "what", NUL, errno. */
static void become(char **argv, const struct placement *at, int in, int out, int err, int report)
{
	const char *what = argv[0];
	cpu_set_t set;
	sigset_t none;
	int code;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	setsid();
	if (at->cpu >= 0) {
		CPU_ZERO(&set);
		CPU_SET((size_t)at->cpu, &set);
		what = "sched_setaffinity";
		if (sched_setaffinity(0, sizeof(set), &set) < 0)
			goto out;
	}
	what = "SCHED_FIFO";
	if (at->fifo > 0 && (code = set_fifo((int)at->fifo)) < 0) {
		errno = -code;
		goto out;
	}
	what = "setpriority";
	if (at->nice && setpriority(PRIO_PROCESS, 0, (int)at->nice) < 0)
		goto out;
	what = argv[0];
	if (dup2(in, 0) >= 0 && dup2(out, 1) >= 0 && dup2(err, 2) >= 0)
		execvp(argv[0], argv);
out:
	code = errno;
	dprintf(report, "%s: %s", what, strerror(code));
	_exit(127);
}

char **child_argv(const struct order *o)
{
	size_t count = 0;
	char **argv;

	for (size_t i = 0; i < o->payload_len; i++)
		count += !o->payload[i];
	if (!count || o->payload[o->payload_len - 1] || !o->payload[0])
		return NULL;
	argv = calloc(count + 1, sizeof(*argv));
	for (size_t i = 0, at = 0; argv && i < count; i++) {
		argv[i] = (char *)o->payload + at;
		at += strlen(argv[i]) + 1;
	}
	return argv;
}

int child_start(struct child *c, char **argv, const struct placement *at, char *why, size_t why_len)
{
	int in[2] = { -1, -1 }, report[2] = { -1, -1 }, out, err, code = 0;
	ssize_t n;

	out = open(child_path(c->name, "out"), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
	err = open(child_path(c->name, "err"), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
	if (out < 0 || err < 0 || pipe2(in, O_CLOEXEC) < 0 || pipe2(report, O_CLOEXEC) < 0 || (c->pid = fork()) < 0) {
		code = -errno;
		snprintf(why, why_len, "%s", strerror(errno));
	} else if (!c->pid) {
		become(argv, at, in[0], out, err, report[1]);
	} else {
		close(report[1]);
		report[1] = -1;
		n = read(report[0], why, why_len - 1);
		if (n > 0) {
			why[n] = '\0';
			code = -ENOEXEC;
			waitpid(c->pid, NULL, 0);
		} else {
			fcntl(in[1], F_SETFL, O_NONBLOCK);
			c->in = in[1];
			in[1] = -1;
		}
	}
	for (int *fd = (int[]){ out, err, in[0], in[1], report[0], report[1], -2 }; *fd != -2; fd++)
		if (*fd >= 0)
			close(*fd);
	return code;
}
