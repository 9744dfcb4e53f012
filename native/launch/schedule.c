// SPDX-License-Identifier: GPL-2.0-only
/* Sets CPU, real-time priority, and the bound on it. */
#include "schedule.h"
#include "fail.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What a process that catches SIGXCPU has to end in, before SIGKILL. */
#define AWAKE_GRACE_MS 1000

/*
 * The kernel counts for each thread, in ticks, what it computes under real-time priority, and starts
 * again when the thread sleeps; being preempted and sched_yield(2) are no sleep. See setrlimit(2).
 */
void bound_real_time(int awake_ms)
{
	struct rlimit limit = {
		.rlim_cur = (rlim_t)awake_ms * 1000,
		.rlim_max = ((rlim_t)awake_ms + AWAKE_GRACE_MS) * 1000,
	};

	if (setrlimit(RLIMIT_RTTIME, &limit))
		die("bound what it may compute under real-time priority to %d ms", awake_ms);
}

void schedule(int cpu, int prio)
{
	/* Raw system calls: musl's sched_setscheduler() answers ENOSYS. */
	if (cpu >= 0) {
		cpu_set_t set;

		CPU_ZERO(&set);
		CPU_SET(cpu, &set);
		if (syscall(SYS_sched_setaffinity, 0, sizeof(set), &set) < 0)
			die("pin to CPU %d", cpu);
	}
	if (prio > 0) {
		struct sched_param param = { .sched_priority = prio };

		if (syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &param) < 0)
			die("set SCHED_FIFO %d", prio);
	}
}
