// SPDX-License-Identifier: GPL-2.0-only
/* The server's life: listen, say so, serve until told to end, write the residence times. */
#include "net.h"
#include "output.h"
#include "place.h"
#include "run.h"
#include "server.h"
#include "stop.h"
#include "write.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define JSON_BYTES (64 * 1024)
#define STACK_BYTES (64 * 1024)

static int open_listener(struct listener *l, const struct endpoint *ep)
{
	bool datagram = ep->protocol == UDP_RR;
	size_t bytes = server.plan->records * sizeof(*l->records);
	int one = 1, err;

	l->ep = ep;
	if (bytes) {
		l->records = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
		if (l->records == MAP_FAILED)
			return -ENOMEM;
		memset(l->records, 0, bytes);
	}
	l->fd = open_socket(ep, datagram, server.plan->wait == WAIT_SPIN);
	if (l->fd < 0)
		return l->fd;
	/* Accepted sockets inherit the options, so that a crr connection pays nothing for them. */
	if (!datagram)
		setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (ep->protocol == TCP_CRR || server.plan->wait == WAIT_SPIN) {
		err = set_timeouts(l->fd, CRR_PATIENCE_NS);
		if (err)
			return err;
	}
	if (server.plan->wait == WAIT_BUSY_POLL) {
		err = set_busy_poll(l->fd);
		if (err)
			refuse(&server.granted, "SO_BUSY_POLL", err);
	}
	if (bind(l->fd, (const struct sockaddr *)&ep->addr, ep->addr_len))
		return -errno;
	return !datagram && listen(l->fd, SOMAXCONN) ? -errno : 0;
}

/* Until EOF on stdin, SIGTERM or SIGINT; what else stdin says is ignored. */
static void await_end_of_service(int signal_fd)
{
	struct pollfd fds[] = { { .fd = STDIN_FILENO, .events = POLLIN }, { .fd = signal_fd, .events = POLLIN } };
	char ignored[256];

	for (;;) {
		ssize_t n;

		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[1].revents)
			return;
		n = read(STDIN_FILENO, ignored, sizeof(ignored));
		if (!n || (n < 0 && errno != EINTR && errno != EAGAIN))
			return;
	}
}

/* After this no thread writes a record any more. A shut-down socket wakes its thread, whenever it looks. */
static void end_threads(void)
{
	server.stop = true;
	if (server.plan->wait == WAIT_SPIN) {
		join_spinner();
		return;
	}
	for (int i = 0; i < server.plan->endpoints; i++) {
		shutdown(server.listener[i].fd, SHUT_RDWR);
		pthread_join(server.listener[i].thread, NULL);
	}
	pthread_mutex_lock(&server.lock);
	for (int i = 0; i < MAX_CONNECTIONS; i++)
		if (server.connection[i].state == SLOT_RUNNING)
			shutdown(server.connection[i].fd, SHUT_RDWR);
	pthread_mutex_unlock(&server.lock);
	/* Only the listeners' threads made connections, so the slots are this thread's own now. */
	for (int i = 0; i < MAX_CONNECTIONS; i++)
		if (server.connection[i].state != SLOT_FREE)
			pthread_join(server.connection[i].thread, NULL);
}

static int write_dump(void)
{
	static const char *const words[] = { [TCP_RR] = "tcp", [UDP_RR] = "udp", [TCP_CRR] = "crr" };
	static char json[JSON_BYTES];
	struct text t = { .at = json, .size = sizeof(json) };
	struct piece pieces[MAX_ENDPOINTS];

	put(&t, "{\"role\":\"server\",\"requestBytes\":%lld,\"responseBytes\":%lld,",
	    (long long)server.plan->request, (long long)server.plan->response);
	put_granted(&t, &server.granted);
	put(&t, ",\"listeners\":[");
	for (int i = 0; i < server.plan->endpoints; i++) {
		struct listener *l = &server.listener[i];
		uint64_t served = l->served, kept = served;

		if (kept > (uint64_t)server.plan->records)
			kept = server.plan->records;
		pieces[i] = (struct piece){ l->records, kept };
		put(&t, "%s{\"index\":%d,\"protocol\":\"%s\",\"served\":%llu,\"dropped\":%llu,", i ? "," : "",
		    l->ep->index, words[l->ep->protocol], (unsigned long long)served,
		    (unsigned long long)(served - kept));
		put(&t, "\"connections\":%u,\"badRequests\":%u}", l->connections, l->bad_requests);
	}
	put(&t, "]}");
	return write_container(MAGIC_SERVER, &t, sizeof(struct service), pieces, server.plan->endpoints);
}

int run_server(const struct plan *plan)
{
	char what[160];
	sigset_t signals;
	int err, signal_fd;

	server.plan = plan;
	/* Blocked before any thread exists: only the main thread's signalfd sees them. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	signal_fd = signalfd(-1, &signals, SFD_CLOEXEC);
	if (signal_fd < 0)
		return fail("signalfd", errno);
	signal(SIGPIPE, SIG_IGN);

	take_place(plan, &server.granted);
	pthread_attr_init(&server.thread_attr);
	pthread_attr_setstacksize(&server.thread_attr, STACK_BYTES);
	for (int i = 0; i < plan->endpoints; i++) {
		err = open_listener(&server.listener[i], &plan->endpoint[i]);
		if (!err && plan->wait != WAIT_SPIN)
			err = start_listener(&server.listener[i]);
		if (err) {
			snprintf(what, sizeof(what), "listen %d %s", plan->endpoint[i].index, plan->endpoint[i].text);
			return fail(what, err);
		}
	}
	if (plan->wait == WAIT_SPIN) {
		err = start_spinner();
		if (err)
			return fail("thread", err);
	}
	err = write_all(STDOUT_FILENO, "ready\n", 6);
	if (!err) {
		await_end_of_service(signal_fd);
		end_threads();
		err = write_dump();
	}
	return err ? fail("writing the dump", err) : EXIT_DONE;
}
