// SPDX-License-Identifier: GPL-2.0-only
/* Connections: the handshake alone, and one byte there and back. */
#include "mark.h"
#include "result.h"
#include "sockets.h"
#include "stream.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The kernel sends a second SYN after a second: a try of our own costs less. */
static int start_connect(const struct climb *c, bool v6)
{
	struct sockaddr_in to = ipv4(c->plan->remote, c->plan->port);
	struct sockaddr_in6 to6 = ipv6(&c->plan->remote6, c->plan->port);
	int fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int err;

	if (fd < 0)
		return -errno;
	err = v6 ? connect(fd, (struct sockaddr *)&to6, sizeof(to6)) : connect(fd, (struct sockaddr *)&to, sizeof(to));
	if (!err || errno == EINPROGRESS)
		return fd;
	err = -errno;
	close(fd);
	return err;
}

static int finish_connect(int fd, int64_t until)
{
	socklen_t len = sizeof(int);
	int err = 0, n = wait_for(fd, POLLOUT, until);

	if (n <= 0)
		return n ? n : -ETIMEDOUT;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0)
		return -errno;
	return -err;
}

/* A connection, within the tries and the time of the wish; sent and answered are filled in. */
int open_connection(struct climb *c, struct result *r, const struct wish *wish, bool v6)
{
	int64_t start = now_us(), all = (1LL << wish->tries) - 1;
	int fd = -ETIMEDOUT;

	for (int i = 0; i < wish->tries; i++) {
		int err;

		fd = start_connect(c, v6);
		if (fd < 0)
			break;
		r->sent++;
		err = finish_connect(fd, now_us() + wish->limit_ms * 1000LL * (1LL << i) / all);
		if (!err) {
			r->answered++;
			c->alive = true;
			return fd;
		}
		close(fd);
		fd = err;
		if (err != -ETIMEDOUT)
			break;
	}
	r->err = -fd;
	if (fd == -ETIMEDOUT)
		say(r, "no answer to %d SYNs within %lld ms", r->sent, (long long)(now_us() - start) / 1000);
	else
		say(r, "connect: %s", strerror(-fd));
	if (!(v6 ? say_errors6(c, r, IPPROTO_TCP) : say_errors(c, r, IPPROTO_TCP)) && fd == -ECONNREFUSED) {
		say(r, "a reset came back: nothing listens on port %d, or a firewall rejects", c->plan->port);
		put_data(r, "refusedBy", "reset");
	}
	return fd;
}

int climb_tcp_connect(struct climb *c, struct result *r, const struct wish *wish)
{
	int64_t start = now_us();
	int fd = open_connection(c, r, wish, false);

	if (fd < 0)
		return 0;
	say(r, "connected in %.2f ms", (now_us() - start) / 1e3);
	r->passed = true;
	close(fd);
	return 0;
}

/* Sends all, or -errno; the time begins again with every byte that goes. */
int send_all(int fd, const void *bytes, size_t len, int patience_ms)
{
	const char *at = bytes;

	while (len) {
		ssize_t n;

		if (wait_for(fd, POLLOUT, now_us() + patience_ms * 1000LL) <= 0)
			return -ETIMEDOUT;
		n = send(fd, at, len, 0);
		if (n < 0 && errno == EAGAIN)
			continue;
		if (n < 0)
			return -errno;
		at += n;
		len -= n;
	}
	return 0;
}

ssize_t receive_some(int fd, void *bytes, size_t len, int patience_ms)
{
	for (;;) {
		ssize_t n;

		if (wait_for(fd, POLLIN, now_us() + patience_ms * 1000LL) <= 0)
			return -ETIMEDOUT;
		n = recv(fd, bytes, len, 0);
		if (n < 0 && errno == EAGAIN)
			continue;
		return n < 0 ? -errno : n ? n : -ECONNRESET;
	}
}

int receive_all(int fd, void *bytes, size_t len, int patience_ms)
{
	for (char *at = bytes; len;) {
		ssize_t n = receive_some(fd, at, len, patience_ms);

		if (n < 0)
			return (int)n;
		at += n;
		len -= n;
	}
	return 0;
}

static int climb_byte(struct climb *c, struct result *r, const struct wish *wish, bool v6)
{
	struct mark mark = mark_of(c, r->rung, 0);
	struct wish connecting = { .tries = wish->tries, .limit_ms = (wish->limit_ms + 1) / 2 };
	char request[sizeof(mark) + 1], answer = 0;
	int fd = open_connection(c, r, &connecting, v6), err;

	if (fd < 0)
		return 0;
	r->sent = 1;
	r->answered = 0;
	memcpy(request, &mark, sizeof(mark));
	request[sizeof(mark)] = 'x';
	err = send_all(fd, request, sizeof(request), connecting.limit_ms);
	if (!err)
		err = receive_all(fd, &answer, 1, connecting.limit_ms);
	close(fd);
	if (!err && answer != 'x')
		err = -EBADMSG;
	if (err) {
		r->err = -err;
		say(r, "connected, but the byte did not come back: %s", strerror(-err));
		if (v6)
			say_errors6(c, r, IPPROTO_TCP);
		else
			say_errors(c, r, IPPROTO_TCP);
		return 0;
	}
	r->answered = 1;
	r->passed = true;
	say(r, "one byte there and back");
	return 0;
}

int climb_tcp_small(struct climb *c, struct result *r, const struct wish *wish)
{
	return climb_byte(c, r, wish, false);
}

int climb_ipv6_tcp(struct climb *c, struct result *r, const struct wish *wish)
{
	return climb_byte(c, r, wish, true);
}
