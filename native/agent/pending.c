// SPDX-License-Identifier: GPL-2.0-only
/* Orders that wait for a state, each with its deadline, so that no wait blocks another order. */
#include "pending.h"
#include "clock.h"
#include "reply.h"

#include <stdlib.h>
#include <string.h>

static struct pending *waiting;

struct pending *pending_new(const struct order *o, int64_t timeout_ms, bool (*check)(struct pending *, bool))
{
	struct pending *p = calloc(1, sizeof(*p));

	if (!p) {
		reply_error(o->id, "%s: out of memory", o->verb);
		return NULL;
	}
	strcpy(p->id, o->id); /* the parser bounds an id to ID_MAX - 1 */
	p->timeout_ms = timeout_ms;
	p->deadline_ns = now_ns() + (uint64_t)timeout_ms * 1000000u;
	p->check = check;
	return p;
}

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

void pending_drop_all(void)
{
	while (waiting) {
		struct pending *p = waiting;

		waiting = p->next;
		free(p);
	}
}

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
