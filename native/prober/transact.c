// SPDX-License-Identifier: GPL-2.0-only
/* One transaction of each protocol: what lies between the two clock readings, and nothing else. */
#include "client.h"
#include "moment.h"
#include "net.h"
#include "place.h"
#include "stop.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define SMALL_REQUEST 16384

int prepare_socket(struct client *c, int fd, bool stream)
{
	int err = c->plan->stamps ? ask_for_stamps(fd, c->plan->stamps == STAMPS_SENT) : 0;
	/* A reset instead of FIN: no TIME_WAIT on either end, so thousands of connections a second
	 * never run out of ports, and a dead path's data is not retransmitted into the next block.
	 * The response has arrived by then; nothing is lost. */
	struct linger reset = { .l_onoff = 1, .l_linger = 0 };

	if (err)
		refuse(&c->granted, "SO_TIMESTAMPING", err);
	if (c->plan->wait == WAIT_BUSY_POLL) {
		err = set_busy_poll(fd);
		if (err)
			refuse(&c->granted, "SO_BUSY_POLL", err);
	}
	if (stream && setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)))
		return -errno;
	return set_timeouts(fd, c->plan->timeout_ns);
}

/* Waits for a connection that connect() left under way. */
static int await_connection(const struct client *c, int fd, int64_t start)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLOUT };
	int64_t limit = c->plan->timeout_ns;
	socklen_t len = sizeof(int);
	int err = 0, n = 0;

	while (n <= 0) {
		int64_t waited = now_ns() - start, left;

		if (stopping && limit == c->plan->timeout_ns)
			limit = waited + STOP_GRACE_NS;
		left = limit - waited;
		if (left <= 0)
			return stopping ? -ECANCELED : -ETIMEDOUT;
		n = poll(&poll_fd, 1, c->plan->wait == WAIT_SPIN ? 0 : (left + 999999) / 1000000);
	}
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) ? -errno : -err;
}

static int open_connection(struct client *c, struct path *p)
{
	/* A socket that spins while connecting must not find its send buffer full. */
	bool nonblocking = c->plan->wait == WAIT_SPIN && c->plan->request <= SMALL_REQUEST;
	int one = 1, err;

	p->fd = open_socket(p->ep, false, nonblocking);
	if (p->fd < 0)
		return p->fd;
	err = prepare_socket(c, p->fd, true);
	if (err || !p->ep->local_len)
		return err;
	/* The port is chosen at connect(), where only the whole four-tuple has to be unique. */
	setsockopt(p->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
	return bind(p->fd, (const struct sockaddr *)&p->ep->local, p->ep->local_len) ? -errno : 0;
}

static int connect_request_response(struct client *c, struct path *p, int64_t start)
{
	int err = 0;

	if (connect(p->fd, (const struct sockaddr *)&p->ep->addr, p->ep->addr_len)) {
		if (errno != EINPROGRESS && errno != EINTR)
			return -errno;
		err = await_connection(c, p->fd, start);
	}
	if (!err)
		err = send_all(p->fd, c->request, c->plan->request);
	return err ? err : receive_stream(c, p->fd, start);
}

uint32_t path_retransmits(int fd)
{
	struct tcp_info info = { 0 };
	socklen_t len = offsetof(struct tcp_info, tcpi_total_retrans) + sizeof(info.tcpi_total_retrans);

	return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) ? 0 : info.tcpi_total_retrans;
}

/* All that a transaction needs before its clock starts. */
int prepare_transaction(struct client *c, struct path *p)
{
	uint32_t tag = p->sent;

	c->stamp = 0;
	memcpy(c->request, &tag, c->plan->request < TAG_BYTES ? c->plan->request : TAG_BYTES);
	if (c->plan->protocol == TCP_CRR)
		return open_connection(c, p);
	if (p->owed)
		drain(c, p);
	return 0;
}

/*
 * Runs one transaction on a path. `start` is the caller's last reading of the clock, right before this;
 * *end is read right after the last receive's return.
 * Returns 0, -ECANCELED when the user stopped it, or why the response did not come.
 */
int transact(struct client *c, struct path *p, int64_t start, int64_t *end)
{
	int err = 0;

	switch (c->plan->protocol) {
	case TCP_RR:
		err = send_all(p->fd, c->request, c->plan->request);
		if (!err)
			err = receive_stream(c, p->fd, start);
		break;
	case UDP_RR:
		err = send_all(p->fd, c->request, c->plan->request);
		if (!err)
			err = receive_datagram(c, p, start);
		break;
	case TCP_CRR:
		err = connect_request_response(c, p, start);
		break;
	}
	*end = now_ns();
	return err;
}
