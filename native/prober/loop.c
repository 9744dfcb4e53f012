// SPDX-License-Identifier: GPL-2.0-only
/*
 * The timed loop: rounds of one transaction on every live path, in a fresh random order each round.
 *
 * Inside it nothing is allocated, printed or faulted in, and whatever is not the transaction itself
 * (order, records, counters of the kernel) happens between one receive's return and the next send.
 */
#include "client.h"
#include "moment.h"
#include "stop.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* How many transactions pass between two looks at the kernel's counters (0.4 us each). */
#define CHECK_EVERY 16
/* A transaction is unusual from so many times the running mean of its path. */
#define UNUSUAL 2
/* All paths' retransmits are looked up so often, besides after every unusual transaction. */
#define RETRANSMITS_EVERY 64

/* splitmix64: one multiply-xor chain a number, and every seed is a good one. */
static uint64_t next_random(struct client *c)
{
	uint64_t z = c->random += 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

/* Uniform below n without bias: products whose low half falls into the uneven rest are redrawn. */
static uint32_t random_below(struct client *c, uint32_t n)
{
	uint64_t product = (next_random(c) >> 32) * n;

	while ((uint32_t)product < -n % n)
		product = (next_random(c) >> 32) * n;
	return product >> 32;
}

static void shuffle(struct client *c)
{
	for (int i = c->live - 1; i > 0; i--) {
		int j = random_below(c, i + 1);
		struct path *swap = c->order[i];

		c->order[i] = c->order[j];
		c->order[j] = swap;
	}
}

static void record(struct client *c, struct path *p, const struct part *part, int64_t slot_at,
		   int64_t start, int64_t end, bool lost)
{
	struct sample *s = &c->samples[c->n];
	int64_t rtt = end - start, late = start - slot_at, received = c->stamp - c->real_offset - start;

	s->seq = c->n++;
	s->path = p->ep->index;
	s->flags = (lost ? SAMPLE_LOST : 0) | (part->warmup ? SAMPLE_WARMUP : 0);
	s->group = part->warmup ? 0 : p->measured / c->plan->group;
	s->sched_ns = slot_at - c->block_start;
	s->late_ns = clip_u32(late);
	s->rtt_ns = clip_u32(rtt);
	if (rtt > UINT32_MAX || late > UINT32_MAX)
		s->flags |= SAMPLE_SATURATED;
	if (part->pace_ns && late > c->plan->late_ns)
		s->flags |= SAMPLE_LATE;
	/* Outside the transaction it is another segment's stamp, or the wall clock stepped. */
	if (c->stamp && !lost && received > 0 && received <= s->rtt_ns) {
		s->kernel_receive_ns = received;
		s->flags |= SAMPLE_KERNEL_STAMP;
	}
	if (!part->warmup)
		p->measured++;
	if (rtt > UNUSUAL * p->usual_ns)
		c->unusual = true;
	if (lost)
		return;
	if (!p->usual_ns)
		p->usual_ns = rtt;
	/* An outlier pulls the mean up by a quarter at most, so that the next one is still seen. */
	p->usual_ns += ((rtt < 5 * p->usual_ns ? rtt : 5 * p->usual_ns) - p->usual_ns) / 16;
}

static void leave_rotation(struct client *c, struct path *p, int err)
{
	double seconds = (double)c->plan->timeout_ns / NS_PER_SEC;

	p->live = false;
	/* Closed now, or the kernel would go on retransmitting beside the other paths. */
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
	if (c->plan->protocol == UDP_RR)
		snprintf(p->error, sizeof(p->error), "%u transactions in a row without a response from %s (%s)",
			 p->lost_in_row, p->ep->text, strerror(-err));
	else if (err == -ETIMEDOUT)
		snprintf(p->error, sizeof(p->error), "no response from %s within %g s", p->ep->text, seconds);
	else if (err == -EPIPE)
		snprintf(p->error, sizeof(p->error), "%s closed the connection", p->ep->text);
	else
		snprintf(p->error, sizeof(p->error), "%s: %s", p->ep->text, strerror(-err));
}

/* A transaction without its response: a UDP path gets more chances, a TCP connection is of no use any more. */
static void lose(struct client *c, struct path *p, int err)
{
	p->lost++;
	p->lost_in_row++;
	if (c->plan->protocol != UDP_RR) {
		leave_rotation(c, p, err);
		return;
	}
	if (err == -ETIMEDOUT)
		p->owed++;
	if (p->lost_in_row >= c->plan->lost_limit)
		leave_rotation(c, p, err);
}

/*
 * Waits for the next slot that is still to come and returns its time; *start is the last reading of
 * the clock, so that lateness and start are one number. Slots that passed while the last transaction
 * was under way are skipped and counted: sending them late would measure a queue of our own.
 */
static int64_t await_slot(struct client *c, const struct part *part, int64_t *start)
{
	int64_t now = now_ns(), pace = part->pace_ns, at, spin = c->plan->spin_ns;
	struct timespec wake;

	if (!pace)
		return *start = now;
	if (now > c->slot_base + c->slot * pace) {
		int64_t first = (now - c->slot_base + pace - 1) / pace;

		if (!part->warmup)
			c->counts.skipped_slots += first - c->slot;
		c->slot = first;
	}
	at = c->slot_base + c->slot++ * pace;
	/* At most half of the gap: a spinner under SCHED_FIFO must leave the CPU to others. */
	if (spin > pace / 2)
		spin = pace / 2;
	wake.tv_sec = (at - spin) / NS_PER_SEC;
	wake.tv_nsec = (at - spin) % NS_PER_SEC;
	while (at - spin > now && !stopping)
		if (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &wake, NULL) != EINTR)
			break;
	do
		now = now_ns();
	while (now < at && !stopping);
	*start = now;
	return at;
}

/* One transaction with all that belongs to it. False = the user stopped the block. */
static bool step(struct client *c, struct path *p, const struct part *part)
{
	int64_t at, start, end;
	int err = prepare_transaction(c, p);

	at = await_slot(c, part, &start);
	if (stopping)
		return false;
	end = start;
	if (!err)
		err = transact(c, p, start, &end);
	if (err == -ECANCELED)
		return false;
	record(c, p, part, at, start, end > start ? end : start + 1, err);
	if (c->sent && p->fd >= 0)
		take_sent_stamps(c, p->fd, start);
	p->sent++;
	if (c->plan->protocol != UDP_RR)
		note_retransmits(c, p, part);
	if (c->plan->protocol == TCP_CRR && p->fd >= 0) {
		close(p->fd);
		p->fd = -1;
	}
	if (err)
		lose(c, p, err);
	else
		p->lost_in_row = 0;
	return true;
}

static void drop_dead_paths(struct client *c)
{
	int live = 0;

	for (int i = 0; i < c->live; i++)
		if (c->order[i]->live)
			c->order[live++] = c->order[i];
	c->live = live;
}

static enum end run_rounds(struct client *c, const struct part *part)
{
	int64_t limit = now_ns() + part->duration_ns;

	for (uint64_t round = 0; !part->rounds || round < part->rounds; round++) {
		if (!c->live)
			return END_NO_PATH;
		/* Whole rounds only, so that every path has the same number of samples. */
		if (c->n + c->live > c->capacity)
			return END_CAPACITY;
		shuffle(c);
		for (int i = 0; i < c->live; i++)
			if (!step(c, c->order[i], part))
				return END_SIGNAL;
		drop_dead_paths(c);
		if (c->unusual || c->n - c->checked >= CHECK_EVERY)
			check_usage(c);
		if (round % RETRANSMITS_EVERY == RETRANSMITS_EVERY - 1)
			check_retransmits(c, part);
		if (part->duration_ns && now_ns() >= limit)
			return END_DURATION;
	}
	return c->live ? END_COUNT : END_NO_PATH;
}

enum end run_part(struct client *c, const struct part *part)
{
	enum end end;

	/* The first slot is one gap away, as every later one is. */
	c->slot_base = now_ns() + part->pace_ns;
	c->slot = 0;
	end = run_rounds(c, part);
	check_usage(c);
	check_retransmits(c, part);
	return end;
}
