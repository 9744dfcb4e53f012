// SPDX-License-Identifier: GPL-2.0-only
/* What the injector reads: the counting program's map, and the clocks of those who worked. */
#include "injector.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SETTLE_MS 20

int64_t read_clock(clockid_t clock)
{
	struct timespec now;

	if (clock_gettime(clock, &now))
		return 0; /* that process has ended */
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

clockid_t find_softirqd(int cpu)
{
	DIR *proc = opendir("/proc");
	char wanted[32], path[300], name[32];
	clockid_t clock = 0;

	snprintf(wanted, sizeof(wanted), "ksoftirqd/%d\n", cpu);
	for (struct dirent *entry; proc && (entry = readdir(proc)); ) {
		FILE *file;

		snprintf(path, sizeof(path), "/proc/%s/comm", entry->d_name);
		file = atoi(entry->d_name) > 0 ? fopen(path, "r") : NULL;
		if (!file)
			continue;
		if (fgets(name, sizeof(name), file) && !strcmp(name, wanted) &&
		    clock_getcpuclockid(atoi(entry->d_name), &clock))
			clock = 0;
		fclose(file);
	}
	if (proc)
		closedir(proc);
	return clock;
}

static __u32 slot_of(const struct wire *wire, int end)
{
	return wire->ifindex[end] + (end ? 0 : MAX_IFINDEX);
}

/* The value of a slot: one a CPU, zeroed. */
static struct seen *room_for_slot(const struct counters *counters)
{
	struct seen *each = calloc(counters->cpus, sizeof(*each));

	if (!each)
		die("memory for %d counters", counters->cpus);
	return each;
}

struct seen count(const struct counters *counters, const struct wire *wire, int end)
{
	struct seen *each = room_for_slot(counters), sum = { 0 };
	__u32 slot = slot_of(wire, end);
	__u64 most = 0;

	if (bpf_map_lookup_elem(counters->map, &slot, each))
		die("read the counters: %s", strerror(errno));
	for (int cpu = 0; cpu < counters->cpus; cpu++) {
		struct seen before = sum;

		if (each[cpu].frames > most) {
			most = each[cpu].frames;
			sum = each[cpu];
		}
		sum.frames = before.frames + each[cpu].frames;
		sum.bytes = before.bytes + each[cpu].bytes;
	}
	free(each);
	return sum;
}

void forget(const struct counters *counters, const struct wire *wire, int end)
{
	struct seen *none = room_for_slot(counters);
	__u32 slot = slot_of(wire, end);

	if (bpf_map_update_elem(counters->map, &slot, none, BPF_ANY))
		die("clear the counters: %s", strerror(errno));
	free(none);
}

void await(const struct counters *counters, const struct wire *wire, int end, __u64 wanted)
{
	__u64 frames = count(counters, wire, end).frames;

	for (int idle_ms = 0; frames < wanted && idle_ms < SETTLE_MS; idle_ms++) {
		struct timespec pause = { .tv_nsec = 1000000 };
		__u64 before = frames;

		nanosleep(&pause, NULL);
		frames = count(counters, wire, end).frames;
		if (frames != before)
			idle_ms = 0;
	}
}
