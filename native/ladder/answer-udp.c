// SPDX-License-Identifier: GPL-2.0-only
/* Echoes datagrams: unicast of both families, the broadcast's and the group's. */
#include "answer.h"
#include "mark.h"
#include "sockets.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int join_group(const struct answer *a, int fd)
{
	struct ip_mreqn join = { .imr_multiaddr = a->plan->group, .imr_ifindex = a->device.index };

	return setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &join, sizeof(join)) < 0 ? -errno : 0;
}

int open_udp(const struct answer *a, enum rung rung)
{
	const struct plan *p = a->plan;
	bool v6 = rung == RUNG_IPV6_UDP;
	struct in_addr address = rung == RUNG_BROADCAST ? (struct in_addr){ INADDR_ANY } :
				 rung == RUNG_MULTICAST ? p->group : p->local;
	struct sockaddr_in at = ipv4(address, p->port);
	struct sockaddr_in6 at6 = ipv6(&p->local6, p->port);
	int err = 0, fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	bind_freely(fd);
	/* Else the broadcast's socket would hear the group too, and answer twice. */
	set_option(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0);
	if (rung == RUNG_BROADCAST || rung == RUNG_MULTICAST)
		err = bind_device(fd, p->device);
	if (!err && (v6 ? bind(fd, (struct sockaddr *)&at6, sizeof(at6)) : bind(fd, (struct sockaddr *)&at, sizeof(at))))
		err = -errno;
	if (!err && rung == RUNG_MULTICAST)
		err = join_group(a, fd);
	if (!err)
		return fd;
	close(fd);
	return err;
}

/* Echoes one datagram if it is a request of ours, and of this rung; N_RUNGS = any. */
void answer_datagram(struct answer *a, int fd, enum rung only)
{
	static uint8_t bytes[65536];
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);
	ssize_t n = recvfrom(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&from, &len);
	struct mark mark;

	if (n < (ssize_t)sizeof(mark))
		return;
	memcpy(&mark, bytes, sizeof(mark));
	if (mark.magic != MARK_MAGIC || mark.rung >= N_RUNGS || (only != N_RUNGS && mark.rung != only))
		return;
	__atomic_add_fetch(&a->seen->requests[mark.rung], 1, __ATOMIC_RELAXED);
	sendto(fd, bytes, (size_t)n, 0, (struct sockaddr *)&from, len);
}
