// SPDX-License-Identifier: GPL-2.0-only
/* What the system did to the samples: switches, retransmits, steps of the wall clock; looked at between transactions. */
#include "client.h"
#include "moment.h"

/* A step of the wall clock larger than this voids the stamps since the last look. */
#define CLOCK_STEP_NS 1000

static int64_t real_minus_monotonic(void)
{
	int64_t best_width = INT64_MAX, offset = 0;

	/* Both clocks run at one rate; three tight readings bound their distance to some 20 ns. */
	for (int i = 0; i < 3; i++) {
		struct timespec real;
		int64_t before = now_ns(), after;

		clock_gettime(CLOCK_REALTIME, &real);
		after = now_ns();
		if (after - before < best_width) {
			best_width = after - before;
			offset = real.tv_sec * NS_PER_SEC + real.tv_nsec - (before + best_width / 2);
		}
	}
	return offset;
}

void measure_real_offset(struct client *c)
{
	c->real_offset = real_minus_monotonic();
}

/* Off the timed span: marks the samples since the last look that the system disturbed. */
void check_usage(struct client *c)
{
	struct rusage usage;
	int64_t offset, step;

	getrusage(RUSAGE_SELF, &usage);
	if (usage.ru_nivcsw != c->involuntary_seen)
		for (size_t i = c->checked; i < c->n; i++)
			c->samples[i].flags |= SAMPLE_PREEMPTED;
	c->involuntary_seen = usage.ru_nivcsw;

	if (c->plan->stamps) {
		offset = real_minus_monotonic();
		step = offset - c->real_offset;
		if (step > CLOCK_STEP_NS || step < -CLOCK_STEP_NS) {
			for (size_t i = c->checked; i < c->n; i++) {
				c->samples[i].flags &= ~SAMPLE_KERNEL_STAMP;
				c->samples[i].kernel_receive_ns = 0;
			}
			c->real_offset = offset;
		}
	}
	c->checked = c->n;
	c->unusual = false;
}

/* True if the path's connection retransmitted since the last look. */
static bool retransmitted(struct path *p, bool warmup)
{
	uint32_t total = path_retransmits(p->fd), new = total - p->retransmits_seen;

	p->retransmits_seen = total;
	if (!warmup)
		p->retransmits += new;
	return new;
}

/* Right after a transaction of the path: one that retransmitted took long, so the others need no look. */
void note_retransmits(struct client *c, struct path *p, const struct part *part)
{
	struct sample *s = &c->samples[c->n - 1];
	bool crr = c->plan->protocol == TCP_CRR;

	if (crr)
		p->retransmits_seen = 0;
	if ((crr || c->unusual) && p->fd >= 0 && retransmitted(p, part->warmup))
		s->flags |= SAMPLE_RETRANSMIT;
}

/* What the looks above missed falls on the path's last sample. */
void check_retransmits(struct client *c, const struct part *part)
{
	for (int i = 0; i < c->live && c->plan->protocol == TCP_RR; i++)
		if (retransmitted(c->order[i], part->warmup))
			for (size_t k = c->n; k-- > 0 && c->n - k <= (size_t)c->live; )
				if (c->samples[k].path == c->order[i]->ep->index)
					c->samples[k].flags |= SAMPLE_RETRANSMIT;
}
