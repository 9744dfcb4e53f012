// SPDX-License-Identifier: GPL-2.0-only
/* Waiting for a response: blocking or spinning, with the kernel's stamp, and never longer than the time-out. */
#include "client.h"
#include "moment.h"
#include "net.h"
#include "stop.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#define SPINS_PER_LOOK 64

static ssize_t receive(struct client *c, int fd, void *to, size_t len, int flags)
{
	return c->plan->stamps ? receive_stamped(fd, to, len, flags, &c->stamp) : recv(fd, to, len, flags);
}

/* The receive said EINTR: go on waiting, but after a stop only for the grace time. */
static int interrupted(int fd)
{
	return stopping ? set_timeouts(fd, STOP_GRACE_NS) : 0;
}

/* The receive said EAGAIN: 0 = look again (spinning), or why the wait is over. */
static int out_of_patience(const struct client *c, int64_t start, unsigned int *spins)
{
	int64_t waited;

	if (c->plan->wait != WAIT_SPIN)
		return stopping ? -ECANCELED : -ETIMEDOUT;
	if (++*spins % SPINS_PER_LOOK)
		return 0;
	waited = now_ns() - start;
	if (waited > c->plan->timeout_ns)
		return -ETIMEDOUT;
	return stopping && waited > STOP_GRACE_NS ? -ECANCELED : 0;
}

int receive_stream(struct client *c, int fd, int64_t start)
{
	int flags = c->plan->wait == WAIT_SPIN ? MSG_DONTWAIT : 0;
	size_t want = c->plan->response, got = 0;
	unsigned int spins = 0;
	int err = 0;

	while (got < want) {
		ssize_t n = receive(c, fd, c->response + got, want - got, flags);

		if (n > 0)
			got += n;
		else if (!n)
			return -EPIPE;
		else if (errno == EAGAIN)
			err = out_of_patience(c, start, &spins);
		else if (errno == EINTR)
			err = interrupted(fd);
		else
			err = -errno;
		if (err)
			return err;
	}
	return 0;
}

/* Waits for what is left of the time-out after a stale datagram. */
static int await_rest(const struct client *c, int fd, int64_t start)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

	for (;;) {
		int64_t left = start + c->plan->timeout_ns - now_ns();
		int n;

		if (left <= 0)
			return -ETIMEDOUT;
		if (stopping && left > STOP_GRACE_NS)
			left = STOP_GRACE_NS;
		n = poll(&poll_fd, 1, (left + 999999) / 1000000);
		if (n > 0)
			return 0;
		if (!n && stopping)
			return -ECANCELED;
	}
}

int receive_datagram(struct client *c, struct path *p, int64_t start)
{
	int flags = MSG_TRUNC | (c->plan->wait == WAIT_SPIN ? MSG_DONTWAIT : 0);
	unsigned int spins = 0;
	int err = 0;

	for (;;) {
		ssize_t n = receive(c, p->fd, c->response, c->plan->response, flags);

		if (n == c->plan->response && !memcmp(c->response, c->request, c->tag_bytes))
			return 0;
		if (n >= 0) {
			/* Of an earlier transaction, a duplicate, or not ours: this one's is still to come. */
			if (n == c->plan->response)
				c->counts.late_responses++;
			else
				c->counts.bad_responses++;
			if (p->owed)
				p->owed--;
			c->stamp = 0;
			err = c->plan->wait == WAIT_SPIN ? 0 : await_rest(c, p->fd, start);
		} else if (errno == EAGAIN) {
			err = out_of_patience(c, start, &spins);
		} else if (errno == EINTR) {
			err = interrupted(p->fd);
		} else {
			err = -errno;
		}
		if (err)
			return err;
	}
}

/* Takes what came after its time-out off the socket, before the next transaction's clock starts. */
void drain(struct client *c, struct path *p)
{
	while (p->owed && recv(p->fd, c->response, c->plan->response, MSG_DONTWAIT) >= 0) {
		c->counts.late_responses++;
		p->owed--;
	}
}
