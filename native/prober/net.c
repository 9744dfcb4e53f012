// SPDX-License-Identifier: GPL-2.0-only
/* Sockets as the prober wants them. */
#include "moment.h"
#include "net.h"
#include "prober.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#define BUSY_POLL_US 50

/* A socket with its device and TCP_NODELAY set; neither bound nor connected. */
int open_socket(const struct endpoint *ep, bool datagram, bool nonblocking)
{
	int type = (datagram ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC | (nonblocking ? SOCK_NONBLOCK : 0);
	int fd = socket(ep->addr.ss_family, type, 0);
	int one = 1, err;

	if (fd < 0)
		return -errno;
	if (!datagram && setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)))
		goto fail;
	if (ep->device[0] && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, ep->device, strlen(ep->device)))
		goto fail;
	return fd;
fail:
	err = -errno;
	close(fd);
	return err;
}

int set_timeouts(int fd, int64_t ns)
{
	/* The kernel reads 0 as "for ever". */
	struct timeval tv = { .tv_sec = ns / NS_PER_SEC, .tv_usec = ns % NS_PER_SEC / 1000 };

	if (!tv.tv_sec && !tv.tv_usec)
		tv.tv_usec = 1;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)) ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)))
		return -errno;
	return 0;
}

int set_busy_poll(int fd)
{
	int us = BUSY_POLL_US;

	return setsockopt(fd, SOL_SOCKET, SO_BUSY_POLL, &us, sizeof(us)) ? -errno : 0;
}

/* Sends all of it on a blocking socket; what a time-out or the far end cuts short is an error. */
int send_all(int fd, const void *bytes, size_t len)
{
	const char *at = bytes;

	for (;;) {
		ssize_t n = send(fd, at, len, MSG_NOSIGNAL);

		if (n == (ssize_t)len)
			return 0;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN || errno == EWOULDBLOCK ? -ETIMEDOUT : -errno;
		at += n;
		len -= n;
	}
}
