// SPDX-License-Identifier: GPL-2.0-only
/* Sends requests and waits for their answers, with growing time-outs: late answers count too. */
#include "climb.h"
#include "mark.h"
#include "result.h"
#include "sockets.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

/* Calls that fail again and again are not worth the whole time. */
#define MAX_REFUSALS 2
#define REFUSED_PAUSE_US 30000
#define LEAST_WAIT_US 50000

struct mark mark_of(const struct climb *c, enum rung rung, int attempt)
{
	return (struct mark){ .magic = MARK_MAGIC, .rung = rung, .attempt = (uint8_t)attempt, .nonce = c->nonce };
}

/* The number of the request that these bytes echo, or -ENOMSG. */
int attempt_of(const struct climb *c, enum rung rung, const void *bytes, size_t len)
{
	struct mark m;

	if (len < sizeof(m))
		return -ENOMSG;
	memcpy(&m, bytes, sizeof(m));
	if (m.magic != MARK_MAGIC || m.nonce != c->nonce || m.rung != rung || m.attempt >= MAX_TRIES)
		return -ENOMSG;
	return m.attempt;
}

/* The share of the whole limit that each try has while nothing was answered: each twice the one before. */
static int64_t first_wait(const struct wish *wish, int attempt)
{
	int64_t all = (1LL << wish->tries) - 1;

	return wish->limit_ms * 1000LL * (1LL << attempt) / all;
}

/* Once it is known how long an answer takes, what takes ten times as long is lost. */
static int64_t known_wait(const struct climb *c)
{
	return 10 * c->rtt_us > LEAST_WAIT_US ? 10 * c->rtt_us : LEAST_WAIT_US;
}

/* Takes what has arrived; true once request `attempt` is answered. */
static bool take(struct exchange *x, const int64_t *sent_us, bool *answered, int attempt)
{
	struct result *r = x->result;
	struct climb *c = x->climb;

	for (int packets = 0; packets < MAX_PACKETS; packets++) {
		int n = x->receive(x);

		if (n == -EAGAIN)
			break;
		if (n == -ENOMSG)
			continue;
		if (n < 0) {
			r->err = -n;
			return true;
		}
		if (n > attempt || answered[n])
			continue;
		answered[n] = true;
		r->answered++;
		c->alive = true;
		if (!c->rtt_us || now_us() - sent_us[n] < c->rtt_us)
			c->rtt_us = now_us() - sent_us[n] + 1;
	}
	return answered[attempt];
}

/* Fills sent, answered, err, passed and the numbers of the detail. Returns the number answered. */
int run_exchange(struct exchange *x, const struct wish *wish)
{
	int64_t sent_us[MAX_TRIES], start = now_us(), end = start + wish->limit_ms * 1000LL, fastest = INT64_MAX;
	struct result *r = x->result;
	bool answered[MAX_TRIES] = { false };
	int refused = 0;

	for (int i = 0; i < wish->tries && refused < MAX_REFUSALS && (!i || now_us() < end); i++) {
		int64_t until = now_us() + first_wait(wish, i);
		int err, before = r->answered;

		/* Before the call: over a veth pair the answer is there when it returns. */
		sent_us[i] = now_us();
		err = x->send(x, i);
		if (err) {
			r->err = -err;
			refused++;
			wait_for(x->fd, 0, sent_us[i] + REFUSED_PAUSE_US);
			continue;
		}
		r->sent++;
		if (r->answered)
			until = sent_us[i] + known_wait(x->climb);
		if (until > end)
			until = end;
		while (!take(x, sent_us, answered, i) && wait_for(x->fd, POLLIN, until) > 0)
			;
		if (r->answered > before && now_us() - sent_us[i] < fastest)
			fastest = now_us() - sent_us[i];
		if (r->err && r->answered == before) {
			refused++;
			wait_for(x->fd, 0, now_us() + REFUSED_PAUSE_US);
		}
	}
	r->passed = r->answered > 0;
	if (r->passed) {
		if (r->err)
			say(r, "a call failed on the way: %s", strerror(r->err));
		r->err = 0;
		say(r, "%d of %d answered", r->answered, r->sent);
		if (fastest < INT64_MAX)
			put(&r->detail, ", the fastest in %.2f ms", fastest / 1e3);
	} else if (r->sent) {
		say(r, "none of %d answered within %lld ms", r->sent, (long long)(now_us() - start) / 1000);
	}
	if (r->err)
		say(r, "%s: %s", r->sent ? "receive" : "send", strerror(r->err));
	return r->answered;
}

int run_unfragmented(struct exchange *x, struct result *r, int limit_ms)
{
	struct wish wish = { .tries = 2, .limit_ms = limit_ms };
	struct result one;
	int n;

	start_result(&one, RUNG_MTU);
	x->result = &one;
	/* PROBE: the bit is set, and what was learned of the path's MTU before is not heeded. */
	n = set_option(x->fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
	if (!n)
		n = run_exchange(x, &wish);
	r->sent += one.sent;
	r->answered += one.answered;
	if (!n && one.err)
		n = -one.err;
	close(x->fd);
	return n;
}
