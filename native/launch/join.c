// SPDX-License-Identifier: GPL-2.0-only
/* Enters the namespaces of a lab that is held. */
#include "join.h"
#include "fail.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void join_namespace(int dir, const char *name, int type)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die("open the lab's namespace %s", name);
	if (setns(fd, type))
		die("enter the lab's namespace %s", name);
	close(fd);
}

void join_lab(pid_t lab)
{
	char path[64];
	int dir, root;

	snprintf(path, sizeof(path), "/proc/%d/ns", lab);
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/%d/root", lab);
	root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 || root < 0)
		die("find the lab's holder, pid %d", lab);
	join_namespace(dir, "net", CLONE_NEWNET);
	join_namespace(dir, "ipc", CLONE_NEWIPC);
	join_namespace(dir, "pid", CLONE_NEWPID);
	join_namespace(dir, "mnt", CLONE_NEWNS);
	/* setns() goes to the root of the mount namespace: in a chroot that is not the holder's root. */
	if (fchdir(root) || chroot("."))
		die("enter the root of the lab's holder");
	close(root);
	close(dir);
}

void join_netns(const char *name)
{
	char path[128];
	int fd;

	if (strchr(name, '/')) {
		errno = EINVAL;
		die("network namespace %s", name);
	}
	snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		die("open network namespace %s", name);
	if (setns(fd, CLONE_NEWNET))
		die("enter network namespace %s", name);
	close(fd);
}
