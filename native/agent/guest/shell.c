// SPDX-License-Identifier: GPL-2.0-only
/* A shell for looking around, where the image has busybox: a pseudo terminal joined to its own port. */
#include "shell.h"
#include "../port.h"
#include "../reply.h"
#include "../verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define SHELL "/bin/busybox"
#define PORT_WAIT_MS 1000

static int port = -1, terminal = -1;
static pid_t shell_pid;
static struct buf to_port, to_terminal;

static int open_terminal(char *name, size_t len)
{
	int fd, lock = 0;
	unsigned number;

	mkdir("/dev/pts", 0755);
	if (mount("devpts", "/dev/pts", "devpts", 0, "ptmxmode=0666") < 0 && errno != EBUSY)
		return -errno;
	fd = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (ioctl(fd, TIOCSPTLCK, &lock) < 0 || ioctl(fd, TIOCGPTN, &number) < 0) {
		int err = -errno;

		close(fd);
		return err;
	}
	snprintf(name, len, "/dev/pts/%u", number);
	return fd;
}

static void become_shell(const char *name)
{
	char *argv[] = { "sh", "-i", NULL };
	char *env[] = { "PATH=/bin", "HOME=/", "TERM=linux", "PS1=guest# ", NULL };
	sigset_t none;
	int fd;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	setsid();
	fd = open(name, O_RDWR);
	if (fd < 0)
		_exit(127);
	ioctl(fd, TIOCSCTTY, 0);
	for (int i = 0; i < 3; i++)
		dup2(fd, i);
	if (fd > 2)
		close(fd);
	execve(SHELL, argv, env);
	_exit(127);
}

static void shell(const struct order *o)
{
	char name[32];

	if (access(SHELL, X_OK) < 0) {
		reply_error(o->id, "shell: this image has no busybox");
		return;
	}
	if (shell_pid) {
		reply_error(o->id, "shell: one is open already");
		return;
	}
	if (port < 0)
		port = port_open("hoplab.shell", PORT_WAIT_MS);
	if (port < 0) {
		reply_error(o->id, "shell: the guest has no port \"hoplab.shell\"");
		return;
	}
	terminal = open_terminal(name, sizeof(name));
	if (terminal < 0) {
		reply_error(o->id, "shell: pseudo terminal: %s", strerror(-terminal));
		return;
	}
	shell_pid = fork();
	if (!shell_pid)
		become_shell(name);
	if (shell_pid < 0) {
		shell_pid = 0;
		close(terminal);
		terminal = -1;
		reply_error(o->id, "shell: fork: %s", strerror(errno));
		return;
	}
	reply_text(o->id, "");
}

static void end_shell(void)
{
	if (terminal >= 0)
		close(terminal);
	terminal = -1;
	buf_free(&to_terminal);
}

/* Moves what is there from one side towards the other. False at the end of the source. */
static bool carry(int from, struct buf *queue)
{
	char data[4096];
	ssize_t n = read(from, data, sizeof(data));

	if (n > 0)
		buf_add(queue, data, (size_t)n);
	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

nfds_t shell_poll_add(struct pollfd *fds)
{
	if (port < 0 || terminal < 0)
		return 0;
	/* A side is read only once the other side has taken what was read before. */
	fds[0] = (struct pollfd){ .fd = port, .events = to_terminal.len ? 0 : POLLIN };
	fds[1] = (struct pollfd){ .fd = terminal, .events = to_port.len ? 0 : POLLIN };
	if (to_port.len)
		fds[0].events |= POLLOUT;
	if (to_terminal.len)
		fds[1].events |= POLLOUT;
	return 2;
}

void shell_poll_done(const struct pollfd *fds, nfds_t count)
{
	bool alive = true;

	if (count < 2)
		return;
	if (fds[0].revents & POLLIN)
		carry(port, &to_terminal);
	if (fds[1].revents & (POLLIN | POLLHUP))
		alive = carry(terminal, &to_port);
	if (fds[0].revents & POLLHUP)
		alive = false; /* the host's side hung up: the shell ends with its terminal */
	buf_flush(&to_port, port);
	if (alive && buf_flush(&to_terminal, terminal) < 0)
		alive = false;
	if (!alive)
		end_shell();
}

/* What the host's side looks for in the stream: a port has no end of file that a shell could cause. */
static const char ended[] = "\0hoplab: shell ended\0";

void shell_reaped(pid_t pid)
{
	if (pid != shell_pid)
		return;
	shell_pid = 0;
	if (terminal >= 0)
		carry(terminal, &to_port); /* its last words */
	buf_add(&to_port, ended, sizeof(ended) - 1);
	buf_flush(&to_port, port);
	end_shell();
}

const struct verb shell_verbs[] = {
	{ .name = "shell", .serve = shell, .help = "busybox sh on the port \"hoplab.shell\", where the image has it" },
	{ 0 },
};
