// SPDX-License-Identifier: GPL-2.0-only
/*
 * hoplab-ticks: the rate of this machine's time stamp counter, measured against CLOCK_MONOTONIC_RAW.
 *
 *   hoplab-ticks
 *       Prints {"khz":F,"lowKhz":F,"highKhz":F}: the rate, and the interval that surely holds it. On a
 *       machine whose counter this program cannot read it prints {"khz":null}.
 *
 * The counter is read between two readings of the clock; of many such readings the tightest counts, so that a
 * machine that is busy costs tries and not precision. The clock is RAW because its rate is that of the counter
 * itself: NTP, which bends CLOCK_MONOTONIC for a while, is no part of the figure.
 */
#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#if defined(__x86_64__)

#define TRIES         1000
#define FIRST_SPAN_NS 50000000LL
#define LAST_SPAN_NS  400000000LL
/* Narrow enough: the interval's width as a share of the rate. 60 ns at either end of 50 ms is 2.4e-6. */
#define NARROW        20e-6

struct reading {
	int64_t before_ns;
	uint64_t ticks;
	int64_t after_ns;
};

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_RAW, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* The fences keep the CPU from reading it before the clock's first reading, or after the second. */
static uint64_t read_ticks(void)
{
	uint32_t low, high;

	__asm__ volatile("lfence; rdtsc; lfence" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

static struct reading tightest(void)
{
	struct reading best = { 0 };

	for (int i = 0; i < TRIES; i++) {
		struct reading one;

		one.before_ns = now_ns();
		one.ticks = read_ticks();
		one.after_ns = now_ns();
		if (i == 0 || one.after_ns - one.before_ns < best.after_ns - best.before_ns)
			best = one;
	}
	return best;
}

/* Counters of two sockets need not agree: both readings are of one CPU. Refused pinning is no failure. */
static void stay_here(void)
{
	cpu_set_t set;
	int cpu = sched_getcpu();

	if (cpu < 0 || cpu >= CPU_SETSIZE)
		return;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static void sleep_ns(int64_t ns)
{
	struct timespec left = { .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000 };

	while (nanosleep(&left, &left) && errno == EINTR)
		;
}

static void measure(void)
{
	double low = 0, high = 0;

	stay_here();
	/* A reading that was never left alone is made up for by a longer time between the two. */
	for (int64_t span = FIRST_SPAN_NS; span <= LAST_SPAN_NS; span *= 2) {
		struct reading first = tightest();
		struct reading last;
		double ticks;

		sleep_ns(span);
		last = tightest();
		ticks = (double)(last.ticks - first.ticks);
		low = ticks / (double)(last.after_ns - first.before_ns) * 1e6;
		high = ticks / (double)(last.before_ns - first.after_ns) * 1e6;
		if (high - low <= NARROW * low)
			break;
	}
	printf("{\"khz\":%.3f,\"lowKhz\":%.3f,\"highKhz\":%.3f}\n", (low + high) / 2, low, high);
}

#else

static void measure(void)
{
	puts("{\"khz\":null}");
}

#endif

int main(int argc, char **argv)
{
	if (argc > 1) {
		int help = !strcmp(argv[1], "--help");

		fputs("usage: hoplab-ticks\n", help ? stdout : stderr);
		return help ? 0 : 2;
	}
	measure();
	return fflush(stdout) ? 1 : 0;
}
