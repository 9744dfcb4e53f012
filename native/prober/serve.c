// SPDX-License-Identifier: GPL-2.0-only
/*
 * The serving threads: one per TCP connection, one per UDP or crr listener, each blocking in its receive as
 * any plain server does, so that a path costs what it costs elsewhere.
 */
#include "moment.h"
#include "net.h"
#include "server.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct server server = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* Receives once; 0 = the far end's or the server's end. */
static ssize_t take(int fd, void *to, size_t len, struct sockaddr_storage *from, socklen_t *from_len)
{
	ssize_t n;

	do
		n = recvfrom(fd, to, len, from ? MSG_TRUNC : 0, (struct sockaddr *)from, from_len);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

static void note_service(struct listener *l, uint16_t connection, int64_t ns, const char *request)
{
	uint32_t seq = atomic_fetch_add_explicit(&l->served, 1, memory_order_relaxed);
	size_t tag_bytes = server.plan->request < TAG_BYTES ? server.plan->request : TAG_BYTES;
	struct service *s = &l->records[seq];

	if (seq >= server.plan->records)
		return;
	s->listener = l->ep->index;
	s->connection = connection;
	s->seq = seq;
	s->server_ns = clip_u32(ns);
	memcpy(&s->tag, request, tag_bytes);
}

int open_buffers(struct buffers *b)
{
	size_t request = server.plan->request, response = server.plan->response;
	size_t smaller = request < response ? request : response;

	b->request = malloc(request);
	b->response = malloc(response);
	if (!b->request || !b->response)
		return -ENOMEM;
	memset(b->request, 0, request);
	memset(b->response, 0, response);
	b->tag_bytes = smaller < TAG_BYTES ? smaller : TAG_BYTES;
	return 0;
}

void close_buffers(struct buffers *b)
{
	free(b->request);
	free(b->response);
}

int answer(struct listener *l, int fd, uint16_t number, const struct peer *to, struct buffers *b)
{
	int64_t received = now_ns(), answering;
	int err = 0;

	memcpy(b->response, b->request, b->tag_bytes);
	answering = now_ns();
	if (!to)
		err = send_all(fd, b->response, server.plan->response);
	else if (sendto(fd, b->response, server.plan->response, MSG_NOSIGNAL, (struct sockaddr *)&to->addr, to->len) < 0)
		err = -errno;
	if (!err)
		note_service(l, number, answering - received, b->request);
	return err;
}

/* Answers one request of a stream; nonzero = the connection has ended. */
static int serve_one(struct listener *l, int fd, uint16_t number, struct buffers *b)
{
	size_t want = server.plan->request, got = 0;

	while (got < want) {
		ssize_t n = take(fd, b->request + got, want - got, NULL, NULL);

		if (n <= 0)
			return n ? n : -EPIPE;
		got += n;
	}
	return answer(l, fd, number, NULL, b);
}

static void *connection_thread(void *arg)
{
	struct connection *conn = arg;
	struct buffers b = { 0 };

	if (!open_buffers(&b))
		while (!serve_one(conn->listener, conn->fd, conn->number, &b))
			;
	close_buffers(&b);
	pthread_mutex_lock(&server.lock);
	close(conn->fd);
	conn->fd = -1;
	conn->state = SLOT_DONE;
	pthread_mutex_unlock(&server.lock);
	return NULL;
}

static int start_connection(struct listener *l, int fd)
{
	struct connection *conn = NULL;
	int err = EAGAIN;

	pthread_mutex_lock(&server.lock);
	for (int i = 0; i < MAX_CONNECTIONS && !server.stop; i++) {
		struct connection *slot = &server.connection[i];

		if (slot->state == SLOT_DONE) {
			pthread_join(slot->thread, NULL);
			slot->state = SLOT_FREE;
		}
		if (slot->state == SLOT_FREE && !conn)
			conn = slot;
	}
	if (conn) {
		conn->listener = l;
		conn->fd = fd;
		conn->number = atomic_fetch_add(&l->connections, 1);
		err = pthread_create(&conn->thread, &server.thread_attr, connection_thread, conn);
		conn->state = err ? SLOT_FREE : SLOT_RUNNING;
	}
	pthread_mutex_unlock(&server.lock);
	return -err;
}

/* Errors of a connection that died in the queue, or a lack that may pass: the listener goes on. */
static bool accept_again(int err)
{
	if (err == -EMFILE || err == -ENFILE || err == -ENOMEM || err == -ENOBUFS)
		poll(NULL, 0, 10);
	return !server.stop && err != -EINVAL && err != -EBADF;
}

static void *accept_thread(void *arg)
{
	struct listener *l = arg;

	for (;;) {
		int fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC);

		if (fd < 0 && !accept_again(-errno))
			return NULL;
		if (fd >= 0 && start_connection(l, fd))
			close(fd);
	}
}

/* Waits for the client's reset, or for the next client if this one vanished without a word. */
static void await_end(struct listener *l, int fd)
{
	struct pollfd fds[] = { { .fd = fd, .events = POLLIN }, { .fd = l->fd, .events = POLLIN } };

	while (poll(fds, 2, -1) < 0 && errno == EINTR)
		;
}

static void *crr_thread(void *arg)
{
	struct listener *l = arg;
	struct buffers b = { 0 };
	int fd;

	if (open_buffers(&b))
		goto out;
	for (;;) {
		fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0 && !accept_again(-errno))
			goto out;
		if (fd < 0)
			continue;
		atomic_fetch_add(&l->connections, 1);
		if (!serve_one(l, fd, 0, &b))
			await_end(l, fd);
		close(fd);
	}
out:
	close_buffers(&b);
	return NULL;
}

void serve_datagram(struct listener *l, struct peer *from, ssize_t n, struct buffers *b)
{
	if (n != server.plan->request) {
		if (n >= 0)
			atomic_fetch_add(&l->bad_requests, 1);
		return;
	}
	/* The first datagram of another peer counts as a new connection. */
	if (from->len != l->peer.len || memcmp(&from->addr, &l->peer.addr, from->len)) {
		l->peer = *from;
		atomic_fetch_add(&l->connections, 1);
	}
	answer(l, l->fd, l->connections - 1, from, b);
}

static void *datagram_thread(void *arg)
{
	struct listener *l = arg;
	struct buffers b = { 0 };

	if (open_buffers(&b))
		goto out;
	while (!server.stop) {
		struct peer from = { .len = sizeof(from.addr) };
		ssize_t n = take(l->fd, b.request, server.plan->request, &from.addr, &from.len);

		if (!server.stop)
			serve_datagram(l, &from, n, &b);
	}
out:
	close_buffers(&b);
	return NULL;
}

int start_listener(struct listener *l)
{
	void *(*const run[])(void *) = {
		[TCP_RR] = accept_thread, [UDP_RR] = datagram_thread, [TCP_CRR] = crr_thread,
	};

	return -pthread_create(&l->thread, &server.thread_attr, run[l->ep->protocol], l);
}
