/* SPDX-License-Identifier: GPL-2.0-only */
/* Where it runs and how: asked of the scheduler and the memory manager, and what came of it. */
#ifndef HOPLAB_PROBER_PLACE_H
#define HOPLAB_PROBER_PLACE_H

#include "prober.h"
#include "text.h"

#include <stdbool.h>

struct granted {
	char scheduling[16];
	int cpu;			/* -1 = not pinned */
	bool memory_locked;
	int refusals;
	char refused[8][128];
};

int check_spinning(const struct plan *plan);
void take_place(const struct plan *plan, struct granted *granted);
void refuse(struct granted *granted, const char *what, int err);
void put_granted(struct text *t, const struct granted *granted);

#endif
