// SPDX-License-Identifier: GPL-2.0-only
/* Moves records from the kernel's buffer to the file, at times of its own: the programs wake nobody. */
#include "loader.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#define FLUSH_NS 200000000ULL
/* Between two looks at stdin while records come faster than they are written. */
#define RECORDS_A_TURN 262144

static struct ring_buffer *ring;

struct turn { struct file *file; struct drained *drained; int left; };
static struct turn turn;

static int take(void *context, void *bytes, size_t size)
{
	const struct record *record = bytes;

	(void)context;
	if (size != sizeof(*record))
		return 0;
	put_record(turn.file, record);
	if (record->point < N_POINTS)
		turn.drained->points[record->point]++;
	if (record->cpu < turn.drained->n_cpus)
		turn.drained->cpus[record->cpu]++;
	return --turn.left > 0 ? 0 : -EAGAIN;
}

static int take_all(struct file *file, struct drained *drained)
{
	int err;

	if (!ring)
		return 0;
	turn = (struct turn){ .file = file, .drained = drained, .left = RECORDS_A_TURN };
	err = ring_buffer__consume(ring);
	return err < 0 ? err : 0;
}

int drain(const struct loaded *loaded, const struct plan *plan, struct file *file, struct drained *drained, enum end *end)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	char ignored[256];
	int err = 0;

	if (loaded->records >= 0) {
		ring = ring_buffer__new(loaded->records, take, NULL, NULL);
		if (!ring)
			return -errno;
	}
	for (;;) {
		int busy = err == -EAGAIN, ready = poll(&input, 1, busy ? 0 : (int)plan->drain_ms);

		if (ready < 0 && errno != EINTR)
			return -errno;
		if (ready > 0 && read(STDIN_FILENO, ignored, sizeof(ignored)) <= 0) {
			*end = END_INPUT;
			return 0;
		}
		if (stopping) {
			*end = END_SIGNAL;
			return 0;
		}
		err = take_all(file, drained);
		if (err && err != -EAGAIN)
			return err;
		if (file->held && now_ns() - file->flushed_ns > FLUSH_NS)
			flush_file(file);
		if (file->err)
			return 0;
	}
}

/* After the programs are detached: what is left in the buffer. */
int drain_rest(struct file *file, struct drained *drained)
{
	int err;

	do
		err = take_all(file, drained);
	while (err == -EAGAIN);
	flush_file(file);
	return err;
}
