// SPDX-License-Identifier: GPL-2.0-only
/* Takes the CPU, the scheduling class and the locked memory that the plan asks for, and notes what was refused. */
#include "place.h"
#include "prober.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

void refuse(struct granted *granted, const char *what, int err)
{
	int max = sizeof(granted->refused) / sizeof(granted->refused[0]);
	char line[sizeof(granted->refused[0])];

	snprintf(line, sizeof(line), "%s: %s", what, strerror(err < 0 ? -err : err));
	for (int i = 0; i < granted->refusals; i++)
		if (!strcmp(granted->refused[i], line))
			return;
	if (granted->refusals < max)
		strcpy(granted->refused[granted->refusals++], line);
}

/* Is the CPU in the kernel's list of isolated ones ("2-3,6")? */
static bool cpu_is_isolated(int cpu)
{
	FILE *f = fopen("/sys/devices/system/cpu/isolated", "re");
	bool found = false;
	int first, last;
	char sep;

	if (!f)
		return false;
	while (!found && fscanf(f, "%d", &first) == 1) {
		last = first;
		if (fscanf(f, "%c", &sep) == 1 && sep == '-') {
			if (fscanf(f, "%d", &last) != 1)
				break;
			if (fscanf(f, "%c", &sep) != 1)
				sep = '\n';
		}
		found = cpu >= first && cpu <= last;
	}
	fclose(f);
	return found;
}

/*
 * A SCHED_FIFO spinner never yields: softirq threads, the far end and the shell on the same CPU
 * starve until the real-time throttle (if it is on) strikes.
 */
int check_spinning(const struct plan *plan)
{
	if (plan->wait != WAIT_SPIN || !plan->fifo || plan->force_spin)
		return 0;
	if (plan->cpu >= 0 && cpu_is_isolated(plan->cpu))
		return 0;
	fprintf(stderr, "hoplab-prober: fifo with wait spin: cpu %lld is not isolated and would starve; "
		"use wait block, fifo 0, an isolated cpu, or force_spin 1\n", (long long)plan->cpu);
	return -EPERM;
}

void take_place(const struct plan *plan, struct granted *granted)
{
	strcpy(granted->scheduling, "other");
	granted->cpu = -1;

	/* Raw system calls: musl's sched_setscheduler() is a stub that returns ENOSYS. */
	if (plan->cpu >= 0) {
		unsigned long mask[1024 / (8 * sizeof(long))] = { 0 };
		size_t bits = 8 * sizeof(long);

		mask[plan->cpu / bits] = 1UL << (plan->cpu % bits);
		if (syscall(SYS_sched_setaffinity, 0, sizeof(mask), mask))
			refuse(granted, "pinning to the CPU", errno);
		else
			granted->cpu = plan->cpu;
	}
	if (plan->fifo > 0) {
		struct { int priority; } param = { plan->fifo };

		if (syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &param))
			refuse(granted, "SCHED_FIFO", errno);
		else
			snprintf(granted->scheduling, sizeof(granted->scheduling), "fifo:%d", (int)plan->fifo);
	}
	/* Other classes wake up to 50 us after their timer by default; SCHED_FIFO has no slack. */
	prctl(PR_SET_TIMERSLACK, 1UL, 0, 0, 0);
	if (plan->mlock) {
		if (mlockall(MCL_CURRENT | MCL_FUTURE))
			refuse(granted, "mlockall", errno);
		else
			granted->memory_locked = true;
	}
}

void put_granted(struct text *t, const struct granted *granted)
{
	put(t, "\"granted\":{\"scheduling\":\"%s\",\"cpu\":", granted->scheduling);
	if (granted->cpu < 0)
		put(t, "null");
	else
		put(t, "%d", granted->cpu);
	put(t, ",\"memoryLocked\":%s,\"refused\":[", granted->memory_locked ? "true" : "false");
	for (int i = 0; i < granted->refusals; i++) {
		if (i)
			put(t, ",");
		put_string(t, granted->refused[i]);
	}
	put(t, "]}");
}
