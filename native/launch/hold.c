// SPDX-License-Identifier: GPL-2.0-only
/* Holds a lab's namespaces: makes them, prepares them, and ends them with hoplab. */
#include "hold.h"
#include "fail.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Kills this process when its parent is gone; closes the race with a parent that went before. */
static void die_with_parent(pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL))
		die("set the parent-death signal");
	if (getppid() != parent)
		_exit(EXIT_LAUNCH);
}

static void link_up(const char *name)
{
	struct ifreq req = { 0 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("open a socket");
	strncpy(req.ifr_name, name, IFNAMSIZ - 1);
	if (ioctl(fd, SIOCGIFFLAGS, &req))
		die("read the flags of %s", name);
	req.ifr_flags |= IFF_UP;
	if (ioctl(fd, SIOCSIFFLAGS, &req))
		die("set %s up", name);
	close(fd);
}

static void private_mounts(void)
{
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL))
		die("make the mounts private");
	if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL))
		die("mount /proc");
	/* Network namespaces' names, device nodes and sockets of the lab: all gone with it. */
	if (mount("hoplab", "/run", "tmpfs", MS_NOSUID, "mode=0755"))
		die("mount /run");
	if (mkdir("/run/netns", 0755) || mkdir("/run/lab", 0700))
		die("make the folders of /run");
}

/* Pid 1 of the lab: reaps what is orphaned, and ends at EOF on stdin. */
static int lab_init(int ready)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	char drop[64];

	private_mounts();
	link_up("lo");
	signal(SIGCHLD, SIG_IGN); /* orphans are reaped by the kernel */
	if (write(ready, "r", 1) != 1)
		return EXIT_LAUNCH;
	close(ready);
	close(STDOUT_FILENO);
	for (;;) {
		ssize_t got;

		if (poll(&in, 1, -1) < 0 && errno != EINTR)
			return EXIT_LAUNCH;
		got = read(STDIN_FILENO, drop, sizeof(drop));
		if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN))
			return 0;
	}
}

int hold(void)
{
	int ready[2], status;
	pid_t parent = getppid(), child;
	char byte;

	die_with_parent(parent);
	if (pipe2(ready, O_CLOEXEC))
		die("make a pipe");
	if (unshare(CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC))
		die("make the lab's namespaces (pid, mount, net, ipc)");
	child = fork();
	if (child < 0)
		die("fork");
	if (child == 0) {
		close(ready[0]);
		/* getppid() is 0 across the pid namespace, so the race is closed by the pipe instead. */
		if (prctl(PR_SET_PDEATHSIG, SIGKILL))
			die("set the parent-death signal");
		_exit(lab_init(ready[1]));
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) == 1) {
		printf("ready %d\n", child);
		fflush(stdout);
	}
	close(STDOUT_FILENO);
	close(STDIN_FILENO);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 0;
}
