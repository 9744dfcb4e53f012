// SPDX-License-Identifier: GPL-2.0-only
/*
 * When the kernel queued a request and when the driver had it (Documentation/networking/timestamping.rst): stamps wait in
 * the socket's error queue and are taken after the transaction, off its time.
 */
#include "client.h"
#include "moment.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

/* <linux/errqueue.h>, which musl does not ship. */
struct stamp_error {
	uint32_t number;
	uint8_t origin, type, code, pad;
	uint32_t which;
	uint32_t id;
};
#define ORIGIN_TIMESTAMPING 4
#define WHICH_DRIVER 0
#define WHICH_QUEUE 1
/* One for each of both; more where a request went out in several packets. */
#define MOST_STAMPS 256

static void keep(struct client *c, const struct stamp_error *error, const struct timespec *at, int64_t start)
{
	int64_t ns = at->tv_sec * NS_PER_SEC + at->tv_nsec - c->real_offset - start;
	struct sent *sent = &c->sent[c->n - 1];
	uint32_t *to = error->which == WHICH_QUEUE ? &sent->queue_ns : &sent->driver_ns;

	if (error->origin != ORIGIN_TIMESTAMPING || error->which > WHICH_QUEUE)
		return;
	/* The first packet's: later ones are of the rest of it, or of it once more. Before the call: of another request. */
	if (!*to && ns > 0 && ns < UINT32_MAX)
		*to = ns;
}

void take_sent_stamps(struct client *c, int fd, int64_t start)
{
	union {
		char bytes[512];
		struct cmsghdr align;
	} control;

	for (int i = 0; i < MOST_STAMPS; i++) {
		struct msghdr msg = { .msg_control = &control, .msg_controllen = sizeof(control) };
		struct stamp_error error = { .which = UINT32_MAX };
		struct timespec at = { 0 };

		if (recvmsg(fd, &msg, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
			return;
		for (struct cmsghdr *h = CMSG_FIRSTHDR(&msg); h; h = CMSG_NXTHDR(&msg, h)) {
			if (h->cmsg_level == SOL_SOCKET && h->cmsg_type == SCM_TIMESTAMPING)
				memcpy(&at, CMSG_DATA(h), sizeof(at));
			else if ((h->cmsg_level == IPPROTO_IP && h->cmsg_type == IP_RECVERR) ||
				 (h->cmsg_level == IPPROTO_IPV6 && h->cmsg_type == IPV6_RECVERR))
				memcpy(&error, CMSG_DATA(h), sizeof(error));
		}
		keep(c, &error, &at, start);
	}
}
