// SPDX-License-Identifier: GPL-2.0-only
/*
 * The spinning server: one thread that looks at every listener and every connection in turn. A thread per
 * connection would have K spinners fight for the CPUs, and the wait for a CPU is milliseconds.
 */
#include "server.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* Only crr has accept() on its timed span; elsewhere it would cost every turn 0.1 us a listener. */
#define TURNS_PER_ACCEPT 64

static pthread_t spinner;

/* Partial requests lie in each connection's own buffer; the response's is shared. */
static struct buffers *buffers_of[MAX_CONNECTIONS];

static void drop(struct connection *conn)
{
	close(conn->fd);
	conn->state = SLOT_FREE;
}

static void accept_any(struct listener *l)
{
	int fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC);

	for (int i = 0; i < MAX_CONNECTIONS && fd >= 0; i++) {
		struct connection *conn = &server.connection[i];

		if (conn->state != SLOT_FREE)
			continue;
		if (!buffers_of[i]) {
			buffers_of[i] = calloc(1, sizeof(*buffers_of[i]));
			if (!buffers_of[i] || open_buffers(buffers_of[i]))
				break;
		}
		*conn = (struct connection){ .listener = l, .fd = fd, .state = SLOT_RUNNING };
		conn->number = atomic_fetch_add(&l->connections, 1);
		if (l->ep->protocol == TCP_CRR)
			conn->number = 0;
		return;
	}
	if (fd >= 0)
		close(fd);
}

static void serve_any(struct connection *conn, struct buffers *b)
{
	size_t want = server.plan->request;
	ssize_t n = recv(conn->fd, b->request + conn->got, want - conn->got, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		drop(conn);
		return;
	}
	conn->got += n;
	if (conn->got < want)
		return;
	conn->got = 0;
	if (answer(conn->listener, conn->fd, conn->number, NULL, b))
		drop(conn);
}

static void serve_any_datagram(struct listener *l, struct buffers *b)
{
	struct peer from = { .len = sizeof(from.addr) };
	ssize_t n = recvfrom(l->fd, b->request, server.plan->request, MSG_DONTWAIT | MSG_TRUNC,
			     (struct sockaddr *)&from.addr, &from.len);

	if (n >= 0)
		serve_datagram(l, &from, n, b);
}

static void *spin(void *arg)
{
	struct buffers *datagrams = arg;

	for (unsigned int turn = 0; !atomic_load_explicit(&server.stop, memory_order_relaxed); turn++) {
		for (int i = 0; i < server.plan->endpoints; i++) {
			struct listener *l = &server.listener[i];

			if (l->ep->protocol == UDP_RR)
				serve_any_datagram(l, datagrams);
			else if (l->ep->protocol == TCP_CRR || !(turn % TURNS_PER_ACCEPT))
				accept_any(l);
		}
		for (int i = 0; i < MAX_CONNECTIONS; i++)
			if (server.connection[i].state == SLOT_RUNNING)
				serve_any(&server.connection[i], buffers_of[i]);
	}
	for (int i = 0; i < MAX_CONNECTIONS; i++)
		if (server.connection[i].state == SLOT_RUNNING)
			drop(&server.connection[i]);
	return NULL;
}

int start_spinner(void)
{
	static struct buffers datagrams;
	int err = open_buffers(&datagrams);

	return err ? err : -pthread_create(&spinner, &server.thread_attr, spin, &datagrams);
}

void join_spinner(void)
{
	pthread_join(spinner, NULL);
}
