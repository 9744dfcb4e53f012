// SPDX-License-Identifier: GPL-2.0-only
/* Turns promiscuous mode on and off. */
#include "promiscuous.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

int set_promiscuous(const char *name, bool on)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), err = 0, before = 0;
	struct ifreq req = { 0 };

	strncpy(req.ifr_name, name, IFNAMSIZ - 1);
	if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &req)) {
		err = -errno;
	} else {
		before = !!(req.ifr_flags & IFF_PROMISC);
		req.ifr_flags = on ? req.ifr_flags | IFF_PROMISC : req.ifr_flags & ~IFF_PROMISC;
		if (before != on && ioctl(fd, SIOCSIFFLAGS, &req))
			err = -errno;
	}
	if (fd >= 0)
		close(fd);
	return err ?: before;
}
