// SPDX-License-Identifier: GPL-2.0-only
/* Moves records from the kernel's buffer to the file, at times of its own: the programs wake nobody. */
#include "drain.h"
#include "clock.h"

#include <errno.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#define FLUSH_NS 200000000ULL
/* Between two looks at stdin while records come faster than they are written. */
#define RECORDS_A_TURN 262144
/* Of 1 ms each: a program takes microseconds. */
#define MAX_TURNS_LEFT 200

static void count(struct drained *drained, const struct record *record)
{
	if (record->point < N_POINTS)
		drained->points[record->point]++;
	if (record->cpu < drained->n_cpus)
		drained->cpus[record->cpu]++;
}

/* Takes what is whole, in the order in which it was claimed; 0, or 1 where more than a turn's worth was there. */
static int take(const struct loaded *loaded, struct file *file, struct drained *drained)
{
	struct ring *ring = loaded->maps.ring;
	__u64 taken, claimed;
	int left = RECORDS_A_TURN;

	if (!ring)
		return 0;
	taken = ring->taken;
	claimed = __atomic_load_n(&ring->claimed, __ATOMIC_ACQUIRE);
	for (; taken < claimed && left; taken++, left--) {
		struct record *record = &loaded->maps.records[taken & (loaded->maps.config.capacity - 1)];

		/* Whoever claimed it is still writing: it, and what comes after it, is for the next turn. */
		if (!__atomic_load_n(&record->point, __ATOMIC_ACQUIRE))
			break;
		put_record(file, record);
		count(drained, record);
		record->point = 0;
		if (!(taken & 255))
			__atomic_store_n(&ring->taken, taken, __ATOMIC_RELEASE);
	}
	__atomic_store_n(&ring->taken, taken, __ATOMIC_RELEASE);
	return !left;
}

int drain(const struct loaded *loaded, const struct plan *plan, struct file *file, struct drained *drained, enum end *end)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	char ignored[256];
	int busy = 0;

	for (;;) {
		int ready = poll(&input, 1, busy ? 0 : (int)plan->drain_ms);

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
		busy = take(loaded, file, drained);
		if (file->held && now_ns() - file->flushed_ns > FLUSH_NS)
			flush_file(file);
		if (file->err)
			return 0;
	}
}

/* After the programs are detached: what is left, and what the last of them are still writing. */
void drain_rest(const struct loaded *loaded, struct file *file, struct drained *drained)
{
	struct timespec pause = { .tv_nsec = 1000000 };

	for (int turn = 0; loaded->maps.ring && turn < MAX_TURNS_LEFT; turn++) {
		while (take(loaded, file, drained))
			;
		drained->torn = loaded->maps.ring->claimed - loaded->maps.ring->taken;
		if (!drained->torn)
			break;
		nanosleep(&pause, NULL);
	}
	flush_file(file);
}
