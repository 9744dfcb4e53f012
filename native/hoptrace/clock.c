// SPDX-License-Identifier: GPL-2.0-only
/* What the CPU's counter read at a moment of the records' clock: under KVM it joins the clocks of guest and host. */
#include "clock.h"

#include <time.h>

__u64 now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

#ifdef __x86_64__
#include <x86intrin.h>

#define TRIES 50

/* Neither read may move over the counter's: the bracket is only then one. */
static __u64 counter(void)
{
	__u64 value;

	_mm_lfence();
	value = __rdtsc();
	_mm_lfence();
	return value;
}

/* The counter as text, since it may be beyond what a double holds. */
void put_tsc(FILE *out)
{
	__u64 tsc = 0, at = 0, width = ~0ULL;

	for (int i = 0; i < TRIES; i++) {
		__u64 before = now_ns(), value = counter(), after = now_ns();

		if (after - before < width) {
			tsc = value;
			at = before;
			width = after - before;
		}
	}
	fprintf(out, ",\"tsc\":{\"tsc\":\"%llu\",\"monotonicNs\":\"%llu\",\"widthNs\":%llu}", tsc, at, width);
}
#else
/* KVM tells the guest's offset by debugfs on x86 alone. */
void put_tsc(FILE *out)
{
	(void)out;
}
#endif
