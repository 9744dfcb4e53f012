// SPDX-License-Identifier: GPL-2.0-only
/* The frames that were kept, in memory until the end: writing them while they come would make traffic of its own. */
#include "capture.h"
#include "write.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint8_t *store;
static size_t used, size;
static uint64_t frames;

int store_frame(const struct frame_record *frame, const void *bytes)
{
	size_t padded = (frame->captured + FRAME_PADDING - 1) / FRAME_PADDING * FRAME_PADDING;
	size_t wanted = used + sizeof(*frame) + padded;

	if (wanted > MAX_STORE_BYTES)
		return -ENOSPC;
	if (wanted > size) {
		size_t grown = size ? size * 2 : 1 << 16;
		uint8_t *moved = realloc(store, grown < wanted ? wanted : grown);

		if (!moved)
			return -ENOMEM;
		size = grown < wanted ? wanted : grown;
		store = moved;
	}
	memcpy(store + used, frame, sizeof(*frame));
	memcpy(store + used + sizeof(*frame), bytes, frame->captured);
	memset(store + used + sizeof(*frame) + frame->captured, 0, padded - frame->captured);
	used = wanted;
	frames++;
	return 0;
}

int write_store(const struct plan *plan)
{
	struct head head = {
		.version = CAPTURE_VERSION,
		.hop_bytes = sizeof(struct hop_record),
		.frame_bytes = sizeof(struct frame_record),
		.hops = plan->n_hops,
		.frames = frames,
	};
	int err;

	memcpy(head.magic, CAPTURE_MAGIC, sizeof(head.magic));
	err = write_all(STDOUT_FILENO, &head, sizeof(head));
	for (int i = 0; i < plan->n_hops && !err; i++)
		err = write_all(STDOUT_FILENO, &plan->hops[i].record, sizeof(plan->hops[i].record));
	return err ? err : write_all(STDOUT_FILENO, store, used);
}
