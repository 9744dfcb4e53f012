// SPDX-License-Identifier: GPL-2.0-only
/* Finds a virtio-serial port by its name, as soon as the driver has it. */
#include "port.h"
#include "buf.h"
#include "clock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netlink.h>

#define PORTS "/sys/class/virtio-ports"

static int try_open(const char *name)
{
	char path[320], text[64];
	struct dirent *entry;
	DIR *dir = opendir(PORTS);
	int fd = -ENOENT;

	while (dir && fd < 0 && (entry = readdir(dir))) {
		struct buf b = { 0 };

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), PORTS "/%s/name", entry->d_name);
		text[0] = '\0';
		if (!buf_read_file(&b, path) && b.len < sizeof(text)) {
			memcpy(text, b.data, b.len);
			text[b.len] = '\0';
			text[strcspn(text, "\n")] = '\0';
		}
		buf_free(&b);
		if (strcmp(text, name))
			continue;
		snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
		fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
		if (fd < 0)
			fd = -errno;
	}
	if (dir)
		closedir(dir);
	return fd;
}

/* The kernel announces the port and then its name, after the driver is loaded: look again at each announcement. */
int port_open(const char *name, int timeout_ms)
{
	struct sockaddr_nl local = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	uint64_t deadline = now_ns() + (uint64_t)timeout_ms * 1000000u;
	int events = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);
	char drop[8192];
	int fd;

	if (events < 0)
		return -errno;
	if (bind(events, (struct sockaddr *)&local, sizeof(local)) < 0) {
		close(events);
		return -errno;
	}
	while ((fd = try_open(name)) < 0 && now_ns() < deadline) {
		struct pollfd wait = { .fd = events, .events = POLLIN };

		poll(&wait, 1, (int)((deadline - now_ns()) / 1000000) + 1);
		while (recv(events, drop, sizeof(drop), 0) > 0)
			;
	}
	close(events);
	return fd;
}
