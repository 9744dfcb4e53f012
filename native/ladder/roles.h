/* SPDX-License-Identifier: GPL-2.0-only */
/* The two roles, and how a bulk transfer is agreed between them. */
#ifndef HOPLAB_LADDER_ROLES_H
#define HOPLAB_LADDER_ROLES_H

#include "ladder.h"

int run_answer(const struct plan *plan);
int run_climb(const struct plan *plan);

/*
 * A connection begins with the mark. tcp-small and ipv6-tcp: then one byte, which comes back. tcp-bulk: then a
 * struct bulk and its bytes; the answer is the hash of what arrived, and as many bytes of the other seed.
 */
struct bulk {
	uint64_t bytes, seed;
};
#define BACK_SEED(seed) ((seed) ^ 0x5555555555555555ull)
#define BULK_CHUNK 65536

#endif
