// SPDX-License-Identifier: GPL-2.0-only
/* Kernel receive stamps: asking for them, keeping them on, and taking them out of a received message. */
#include "client.h"
#include "moment.h"
#include "place.h"
#include "stop.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

/* <linux/net_tstamp.h>, which musl does not ship. */
#define STAMP_RX_SOFTWARE (1 << 3)
#define STAMP_REPORT_SOFTWARE (1 << 4)
#define STAMP_TX_SOFTWARE (1 << 1)
#define STAMP_TX_SCHED (1 << 8)
#define STAMP_TSONLY (1 << 11)

/* How long the kernel may take to begin, looked at every millisecond. */
#define BEGIN_TRIES 100
#define TRY_NS 1000000
#define BLIND_NS 20000000

int ask_for_stamps(int fd, bool sent)
{
	int flags = STAMP_RX_SOFTWARE | STAMP_REPORT_SOFTWARE;

	if (sent)
		flags |= STAMP_TX_SOFTWARE | STAMP_TX_SCHED | STAMP_TSONLY;
	return setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof(flags)) ? -errno : 0;
}

ssize_t receive_stamped(int fd, void *to, size_t len, int flags, int64_t *stamp)
{
	union {
		char bytes[CMSG_SPACE(3 * sizeof(struct timespec)) + CMSG_SPACE(64)];
		struct cmsghdr align;
	} control;
	struct iovec iov = { to, len };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(fd, &msg, flags);

	/* The look is some 5 ns; the caller reads the clock after it. */
	for (struct cmsghdr *h = n > 0 ? CMSG_FIRSTHDR(&msg) : NULL; h; h = CMSG_NXTHDR(&msg, h)) {
		struct timespec ts;

		if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_TIMESTAMPING)
			continue;
		memcpy(&ts, CMSG_DATA(h), sizeof(ts));
		*stamp = ts.tv_sec * NS_PER_SEC + ts.tv_nsec;
		break;
	}
	return n;
}

/* Sends itself a datagram over loopback: did it come with a stamp? */
static bool stamped_to_itself(int fd)
{
	int64_t stamp = 0;
	char byte = 0;

	if (send(fd, &byte, 1, MSG_DONTWAIT) < 0 || receive_stamped(fd, &byte, 1, MSG_DONTWAIT, &stamp) < 0)
		return false;
	return stamp != 0;
}

/*
 * The kernel stamps packets only while some socket asks for it, and switches that by patching its own code from a
 * work queue, milliseconds later. So this socket stays open for the whole block: else every tcp_crr connection would
 * pay for the patching and come too early for its stamp. And the block begins only when stamps have arrived.
 */
void begin_stamping(struct client *c)
{
	struct sockaddr_in self = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct timespec pause = { .tv_nsec = TRY_NS }, blind = { .tv_nsec = BLIND_NS };
	socklen_t len = sizeof(self);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int err = fd < 0 ? -errno : ask_for_stamps(fd, false);

	if (err) {
		refuse(&c->granted, "SO_TIMESTAMPING", err);
		return;
	}
	if (bind(fd, (struct sockaddr *)&self, len) || getsockname(fd, (struct sockaddr *)&self, &len) ||
	    connect(fd, (struct sockaddr *)&self, len)) {
		/* No loopback to try it on. */
		clock_nanosleep(CLOCK_MONOTONIC, 0, &blind, NULL);
		return;
	}
	for (int i = 0; i < BEGIN_TRIES && !stopping && !stamped_to_itself(fd); i++)
		clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
}
