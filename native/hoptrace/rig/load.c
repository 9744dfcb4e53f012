// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes records: writes 8 bytes to an eventfd, so many times a second, as a vCPU thread does that kicks.
 *
 *	load CPU RATE MS	says its tid, starts at a line of stdin, then says what it did as JSON
 *
 * RATE 0: as many as it can. It is a bench's and no part of hoplab.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define BATCH 64

static long long clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

int main(int argc, char **argv)
{
	unsigned long long one = 1, writes = 0;
	long long start, now, end, late_ns = 0, cpu_ns;
	double rate;
	cpu_set_t cpus;
	int fd;

	if (argc != 4)
		return 2;
	rate = atof(argv[2]);
	CPU_ZERO(&cpus);
	CPU_SET(atoi(argv[1]), &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus))
		return 1;
	fd = eventfd(0, EFD_NONBLOCK);
	if (fd < 0)
		return 1;
	printf("ready %ld\n", (long)syscall(SYS_gettid));
	fflush(stdout);
	if (getchar() == EOF)
		return 1;
	start = now = clock_ns(CLOCK_MONOTONIC);
	end = start + atoll(argv[3]) * 1000000;
	cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	while (now < end) {
		/* What was missed while another task ran is caught up: the mean is the rate asked for. */
		long long due = rate ? start + (long long)(writes / rate * 1e9) : now;

		if (now < due) {
			now = clock_ns(CLOCK_MONOTONIC);
			continue;
		}
		if (now - due > late_ns)
			late_ns = now - due;
		for (int i = 0; i < BATCH; i++, writes++)
			if (write(fd, &one, sizeof(one)) != sizeof(one))
				return 1;
		now = clock_ns(CLOCK_MONOTONIC);
	}
	printf("{\"writes\":%llu,\"ns\":%lld,\"cpuNs\":%lld,\"lateNs\":%lld}\n", writes, now - start,
	       clock_ns(CLOCK_THREAD_CPUTIME_ID) - cpu_ns, late_ns);
	return 0;
}
