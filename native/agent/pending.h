/* SPDX-License-Identifier: GPL-2.0-only */
/* Orders that wait for a state. */
#ifndef HOPLAB_AGENT_PENDING_H
#define HOPLAB_AGENT_PENDING_H

#include "order.h"
#include "process/child.h"

struct pending {
	struct pending *next;
	char id[ID_MAX];
	uint64_t deadline_ns;
	long timeout_ms;
	/* Answers and returns true once the state is reached, or once `expired`. */
	bool (*check)(struct pending *p, bool expired);
	char name[NAME_MAX_LEN];
	unsigned char mac[6];
	struct address address;
	/* activated: it had a carrier when it was set up, so that its queues were opened there and then. */
	bool configured, activated;
};

/* Makes a wait for the order; NULL after an error reply. */
struct pending *pending_new(const struct order *o, int64_t timeout_ms, bool (*check)(struct pending *, bool));
/* Answers at once where the state is there already, else waits. */
void pending_run(struct pending *p);
void pending_check_all(void);
/* The host hung up: nobody is left to answer. */
void pending_drop_all(void);
/* How long poll() may sleep; -1 without a wait. Rounded up, so that a deadline has passed when it returns. */
int pending_timeout_ms(void);

#endif
