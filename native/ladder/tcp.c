// SPDX-License-Identifier: GPL-2.0-only
/* Connections: the handshake alone, one byte there and back, and a bulk both ways whose content is checked. */
#include "climb.h"
#include "roles.h"

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
static int open_connection(struct climb *c, struct result *r, const struct wish *wish, bool v6)
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
static int send_all(int fd, const void *bytes, size_t len, int patience_ms)
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

static ssize_t receive_some(int fd, void *bytes, size_t len, int patience_ms)
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

static int receive_all(int fd, void *bytes, size_t len, int patience_ms)
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

/* How far a transfer came, for the detail of a failure. */
struct transfer {
	int64_t out, back;
	bool hash_wrong, bytes_wrong;
};

static int move_bulk(struct climb *c, int fd, struct transfer *t, int patience_ms)
{
	static uint8_t bytes[BULK_CHUNK], wanted[BULK_CHUNK];
	struct mark mark = mark_of(c, RUNG_TCP_BULK, 0);
	struct bulk bulk = { .bytes = (uint64_t)c->plan->bulk, .seed = c->nonce };
	uint64_t hash = HASH_START, theirs;
	int err = send_all(fd, &mark, sizeof(mark), patience_ms);

	if (!err)
		err = send_all(fd, &bulk, sizeof(bulk), patience_ms);
	while (!err && t->out < c->plan->bulk) {
		int64_t left = c->plan->bulk - t->out;
		size_t n = left < BULK_CHUNK ? (size_t)left : BULK_CHUNK;

		fill_pattern(bytes, n, bulk.seed, (uint64_t)t->out);
		hash = hash_add(hash, bytes, n);
		err = send_all(fd, bytes, n, patience_ms);
		t->out += err ? 0 : (int64_t)n;
	}
	if (!err)
		err = receive_all(fd, &theirs, sizeof(theirs), patience_ms);
	t->hash_wrong = !err && theirs != hash;
	while (!err && t->back < c->plan->bulk) {
		int64_t left = c->plan->bulk - t->back;
		ssize_t n = receive_some(fd, bytes, left < BULK_CHUNK ? (size_t)left : BULK_CHUNK, patience_ms);

		if (n < 0)
			return (int)n;
		fill_pattern(wanted, (size_t)n, BACK_SEED(bulk.seed), (uint64_t)t->back);
		t->bytes_wrong = t->bytes_wrong || memcmp(bytes, wanted, (size_t)n);
		t->back += n;
	}
	return err;
}

int climb_tcp_bulk(struct climb *c, struct result *r, const struct wish *wish)
{
	struct wish connecting = { .tries = wish->tries, .limit_ms = (wish->limit_ms + 2) / 3 };
	int fd = open_connection(c, r, &connecting, false), err;
	struct transfer t = { 0 };
	int64_t start = now_us();

	put_number(r, "bytes", c->plan->bulk);
	if (fd < 0)
		return 0;
	r->sent = 1;
	r->answered = 0;
	err = move_bulk(c, fd, &t, 2 * wish->limit_ms / 3);
	close(fd);
	put_number(r, "bytesOut", t.out);
	put_number(r, "bytesBack", t.back);
	if (!err && !t.hash_wrong && !t.bytes_wrong) {
		r->passed = true;
		r->answered = 1;
		say(r, "%lld bytes each way in %.0f ms, content right", (long long)c->plan->bulk, (now_us() - start) / 1e3);
		return 0;
	}
	if (err) {
		r->err = -err;
		say(r, "stopped after %lld bytes taken for sending and %lld received, of %lld each way: %s", (long long)t.out,
		    (long long)t.back, (long long)c->plan->bulk, err == -ETIMEDOUT ? "nothing moved any more" : strerror(-err));
		say_errors(c, r, IPPROTO_TCP);
	}
	if (t.hash_wrong)
		say(r, "what arrived has another hash than what was sent");
	if (t.bytes_wrong)
		say(r, "what came back has other bytes than what the far side sent");
	return 0;
}
