// SPDX-License-Identifier: GPL-2.0-only
/* The client: connects the paths, makes all memory ready, runs warm-up and measured part, writes the samples. */
#include "client.h"
#include "moment.h"
#include "net.h"
#include "output.h"
#include "place.h"
#include "run.h"
#include "stop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define JSON_BYTES (64 * 1024)

static const char *const end_words[] = { "count", "duration", "capacity", "signal", "no-path" };

static void path_failed(struct path *p, const char *what, int err)
{
	snprintf(p->error, sizeof(p->error), "%s %s: %s", what, p->ep->text, strerror(-err));
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
	p->opening = false;
}

static void path_ready(struct client *c, struct path *p)
{
	int flags = fcntl(p->fd, F_GETFL);

	p->opening = false;
	if (flags < 0 || fcntl(p->fd, F_SETFL, flags & ~O_NONBLOCK)) {
		path_failed(p, "socket for", -errno);
		return;
	}
	p->live = true;
	if (c->plan->protocol == TCP_RR)
		p->retransmits_seen = path_retransmits(p->fd);
}

static void begin_connection(struct client *c, struct path *p)
{
	bool datagram = c->plan->protocol == UDP_RR;
	int err;

	p->fd = open_socket(p->ep, datagram, true);
	if (p->fd < 0) {
		path_failed(p, "socket for", p->fd);
		return;
	}
	err = prepare_socket(c, p->fd, !datagram);
	if (!err && p->ep->local_len && bind(p->fd, (const struct sockaddr *)&p->ep->local, p->ep->local_len))
		err = -errno;
	if (err)
		path_failed(p, "socket for", err);
	else if (!connect(p->fd, (const struct sockaddr *)&p->ep->addr, p->ep->addr_len))
		path_ready(c, p);
	else if (errno == EINPROGRESS)
		p->opening = true;
	else
		path_failed(p, "connect to", -errno);
}

/* All connections are opened at once: K dead paths cost one time-out, not K. */
static void connect_paths(struct client *c)
{
	int64_t deadline = now_ns() + c->plan->connect_timeout_ns;
	int n = c->plan->endpoints;

	for (int i = 0; i < n; i++)
		begin_connection(c, &c->path[i]);
	for (int i = 0; i < n; i++) {
		struct path *p = &c->path[i];
		struct pollfd poll_fd = { .fd = p->fd, .events = POLLOUT };

		while (p->opening) {
			int64_t left = deadline - now_ns();
			int err = 0;
			socklen_t len = sizeof(err);

			if (left < 0)
				left = 0;
			if (poll(&poll_fd, 1, (left + 999999) / 1000000) > 0) {
				getsockopt(p->fd, SOL_SOCKET, SO_ERROR, &err, &len);
				if (err)
					path_failed(p, "connect to", -err);
				else
					path_ready(c, p);
			} else if (stopping || !left) {
				path_failed(p, "connect to", stopping ? -ECANCELED : -ETIMEDOUT);
			}
		}
	}
}

static void *touched_memory(size_t bytes)
{
	void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (at == MAP_FAILED)
		return NULL;
	/* MAP_POPULATE is best effort; a page fault in the loop costs microseconds. */
	memset(at, 0, bytes);
	return at;
}

static int prepare(struct client *c)
{
	const struct plan *plan = c->plan;
	size_t smaller = plan->request < plan->response ? plan->request : plan->response;

	c->capacity = plan->count ? (plan->count + plan->warmup) * plan->endpoints : plan->max_records;
	c->samples = touched_memory(c->capacity * sizeof(*c->samples));
	if (plan->stamps == STAMPS_SENT) {
		c->sent = touched_memory(c->capacity * sizeof(*c->sent));
		if (!c->sent)
			return -ENOMEM;
	}
	c->request = touched_memory(plan->request);
	c->response = touched_memory(plan->response);
	if (!c->samples || !c->request || !c->response)
		return -ENOMEM;
	c->tag_bytes = smaller < TAG_BYTES ? smaller : TAG_BYTES;
	c->random = plan->seed;
	if (plan->stamps)
		begin_stamping(c);

	for (int i = 0; i < plan->endpoints; i++) {
		c->path[i].ep = &plan->endpoint[i];
		c->path[i].fd = -1;
	}
	if (plan->protocol == TCP_CRR)
		for (int i = 0; i < plan->endpoints; i++)
			c->path[i].live = true;
	else
		connect_paths(c);
	for (int i = 0; i < plan->endpoints; i++)
		if (c->path[i].live)
			c->order[c->live++] = &c->path[i];
	return 0;
}

static enum end measure(struct client *c)
{
	const struct plan *plan = c->plan;
	struct part warmup = { .warmup = true, .rounds = plan->warmup, .pace_ns = plan->warmup_pace_ns };
	struct part measured = { .rounds = plan->count, .duration_ns = plan->duration_ns, .pace_ns = plan->pace_ns };
	struct rusage before, after;
	struct counts *counts = &c->counts;
	enum end end = END_COUNT;
	int64_t started;

	measure_real_offset(c);
	getrusage(RUSAGE_SELF, &before);
	c->involuntary_seen = before.ru_nivcsw;
	c->block_start = now_ns();
	if (plan->warmup)
		end = run_part(c, &warmup);

	getrusage(RUSAGE_SELF, &before);
	started = now_ns();
	if (end == END_COUNT)
		end = run_part(c, &measured);
	counts->wall_ns = now_ns() - started;
	if (end == END_NO_PATH && stopping)
		end = END_SIGNAL;
	getrusage(RUSAGE_SELF, &after);

	counts->voluntary = after.ru_nvcsw - before.ru_nvcsw;
	counts->involuntary = after.ru_nivcsw - before.ru_nivcsw;
	counts->cpu_ns = (after.ru_utime.tv_sec - before.ru_utime.tv_sec + after.ru_stime.tv_sec - before.ru_stime.tv_sec) * NS_PER_SEC +
		(after.ru_utime.tv_usec - before.ru_utime.tv_usec + after.ru_stime.tv_usec - before.ru_stime.tv_usec) * 1000;
	for (int i = 0; i < plan->endpoints; i++)
		counts->retransmits += c->path[i].retransmits;
	return end;
}

static void put_paths(struct text *t, const struct client *c)
{
	put(t, "\"paths\":[");
	for (int i = 0; i < c->plan->endpoints; i++) {
		const struct path *p = &c->path[i];

		put(t, "%s{\"index\":%d,\"measured\":%u,\"lost\":%u,\"retransmits\":%u,\"error\":", i ? "," : "",
		    p->ep->index, p->measured, p->lost, p->retransmits);
		if (p->error[0])
			put_string(t, p->error);
		else
			put(t, "null");
		put(t, "}");
	}
	put(t, "]");
}

static int write_result(const struct client *c, enum end end)
{
	static char json[JSON_BYTES];
	struct text t = { .at = json, .size = sizeof(json) };
	const struct plan *plan = c->plan;
	const struct counts *n = &c->counts;
	struct piece samples = { c->samples, c->n }, sent = { c->sent, c->n };
	static char empty[] = "{}";
	struct text sent_json = { .at = empty, .size = sizeof(empty), .used = 2 };
	int err;

	put(&t, "{\"role\":\"client\",\"protocol\":\"%s\",\"requestBytes\":%lld,\"responseBytes\":%lld,",
	    protocol_name(plan->protocol), (long long)plan->request, (long long)plan->response);
	put(&t, "\"paceNs\":%lld,\"group\":%lld,\"warmup\":%lld,\"seed\":\"%llu\",\"ended\":\"%s\",",
	    (long long)plan->pace_ns, (long long)plan->group, (long long)plan->warmup,
	    (unsigned long long)plan->seed, end_words[end]);
	put_granted(&t, &c->granted);
	put(&t, ",\"counts\":{\"skippedSlots\":%llu,\"lateResponses\":%llu,\"badResponses\":%llu,\"retransmits\":%lld,",
	    (unsigned long long)n->skipped_slots, (unsigned long long)n->late_responses,
	    (unsigned long long)n->bad_responses, (long long)n->retransmits);
	put(&t, "\"voluntarySwitches\":%lld,\"involuntarySwitches\":%lld,\"cpuNs\":%lld,\"wallNs\":%lld},",
	    (long long)n->voluntary, (long long)n->involuntary, (long long)n->cpu_ns, (long long)n->wall_ns);
	put_paths(&t, c);
	put(&t, "}");
	err = write_container(MAGIC_SAMPLES, &t, sizeof(*c->samples), &samples, 1);
	if (err || !c->sent)
		return err;
	/* A container of its own behind it: the samples are the same with and without. */
	return write_container(MAGIC_SENT, &sent_json, sizeof(*c->sent), &sent, 1);
}

int run_client(const struct plan *plan)
{
	static struct client client;
	struct client *c = &client;
	enum end end;
	int err;

	c->plan = plan;
	take_place(plan, &c->granted);
	err = prepare(c);
	if (err)
		return fail("memory for the samples", err);
	end = measure(c);
	err = write_result(c, end);
	return err ? fail("writing the result", err) : EXIT_DONE;
}
