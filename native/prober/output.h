/* SPDX-License-Identifier: GPL-2.0-only */
/* The file of a result: records in one or more pieces, so that a server's listeners need no copy. */
#ifndef HOPLAB_PROBER_OUTPUT_H
#define HOPLAB_PROBER_OUTPUT_H

#include "text.h"

#include <stddef.h>

struct piece {
	const void *at;
	size_t records;
};
int write_container(const char *magic, const struct text *json, size_t record_bytes,
		    const struct piece *pieces, int n_pieces);

#endif
