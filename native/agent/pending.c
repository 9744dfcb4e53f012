// SPDX-License-Identifier: GPL-2.0-only
/* Orders that wait for a state, each with its deadline, so that no wait blocks another order. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent.h"

#define MAX_WAIT_MS 3600000

static struct pending *waiting;

uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Makes a wait for the order; NULL after an error reply. */
struct pending *pending_new(const struct order *o, const char *timeout, bool (*check)(struct pending *, bool))
{
	struct pending *p;
	int64_t ms;

	if (!parse_number(timeout, 0, MAX_WAIT_MS, &ms)) {
		reply_error(o->id, "%s: the time to wait must be 0 to %d ms, not \"%s\"", o->verb, MAX_WAIT_MS, timeout);
		return NULL;
	}
	p = calloc(1, sizeof(*p));
	if (!p) {
		reply_error(o->id, "%s: out of memory", o->verb);
		return NULL;
	}
	strcpy(p->id, o->id); /* the parser bounds an id to ID_MAX - 1 */
	p->timeout_ms = ms;
	p->deadline_ns = now_ns() + (uint64_t)ms * 1000000u;
	p->check = check;
	return p;
}

/* Answers at once where the state is there already, else waits. */
void pending_run(struct pending *p)
{
	if (p->check(p, now_ns() >= p->deadline_ns)) {
		free(p);
		return;
	}
	p->next = waiting;
	waiting = p;
}

void pending_check_all(void)
{
	uint64_t now = now_ns();
	struct pending **link = &waiting;

	while (*link) {
		struct pending *p = *link;

		if (p->check(p, now >= p->deadline_ns)) {
			*link = p->next;
			free(p);
		} else {
			link = &p->next;
		}
	}
}

/* The host hung up: nobody is left to answer. */
void pending_drop_all(void)
{
	while (waiting) {
		struct pending *p = waiting;

		waiting = p->next;
		free(p);
	}
}

/* How long poll() may sleep; -1 without a wait. Rounded up, so that a deadline has passed when it returns. */
int pending_timeout_ms(void)
{
	uint64_t now = now_ns(), nearest = UINT64_MAX;

	for (struct pending *p = waiting; p; p = p->next)
		if (p->deadline_ns < nearest)
			nearest = p->deadline_ns;
	if (nearest == UINT64_MAX)
		return -1;
	return nearest <= now ? 0 : (int)((nearest - now + 999999) / 1000000);
}
