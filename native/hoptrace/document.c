// SPDX-License-Identifier: GPL-2.0-only
/* The two JSON documents of a file: what was asked and granted, before the records; what came of it, after them. */
#include "document.h"
#include "clock.h"
#include "json.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

static void put_string(FILE *out, const char *text)
{
	print_json(out, text, JSON_ASCII);
}

static void put_pair(FILE *out, const char *key, const char *value)
{
	fprintf(out, "\"%s\":", key);
	put_string(out, value);
}

static void put_listed(FILE *out, const char *key, const char *id, const struct listed *list, int n)
{
	fprintf(out, ",\"%s\":[", key);
	for (int i = 0; i < n; i++) {
		fprintf(out, "%s{\"%s\":%u,", i ? "," : "", id, list[i].id);
		put_pair(out, "name", list[i].name);
		fputc('}', out);
	}
	fputc(']', out);
}

static void put_points(FILE *out, const struct plan *plan)
{
	const char *between = "";

	fprintf(out, ",\"asked\":[");
	for (int i = 0; i < plan->n_asked; i++) {
		fprintf(out, i ? "," : "");
		put_string(out, plan->asked[i].name);
	}
	fprintf(out, "],\"used\":[");
	for (int i = 0; i < plan->n_asked; i++) {
		const struct asked *asked = &plan->asked[i];

		if (!asked->how[0])
			continue;
		fprintf(out, "%s{", between);
		between = ",";
		put_pair(out, "point", asked->name);
		fputc(',', out);
		put_pair(out, "how", asked->how);
		fputc(',', out);
		put_pair(out, "why", asked->why); /* of better ways that the kernel refused */
		fputc('}', out);
	}
	between = "";
	fprintf(out, "],\"refused\":[");
	for (int i = 0; i < plan->n_asked; i++) {
		const struct asked *asked = &plan->asked[i];

		if (asked->how[0])
			continue;
		fprintf(out, "%s{", between);
		between = ",";
		put_pair(out, "point", asked->name);
		fputc(',', out);
		put_pair(out, "why", asked->why);
		fputc('}', out);
	}
	fputc(']', out);
}

static bool enter(int netns)
{
	return netns >= 0 && !setns(netns, CLONE_NEWNET);
}

/* Interfaces by their index, which means something in its own namespace only; those that are there at the start. */
static void put_devices(FILE *out, const struct plan *plan)
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	const char *between = "";

	fprintf(out, ",\"devices\":[");
	for (int i = 0; i < plan->n_netns && home >= 0; i++) {
		int netns = open(plan->netns[i].path, O_RDONLY | O_CLOEXEC);
		struct if_nameindex *all = enter(netns) ? if_nameindex() : NULL;

		for (struct if_nameindex *one = all; one && one->if_index; one++) {
			fprintf(out, "%s{\"inode\":%u,\"ifindex\":%u,", between, plan->netns[i].inode, one->if_index);
			between = ",";
			put_pair(out, "name", one->if_name);
			fputc('}', out);
		}
		if (all)
			if_freenameindex(all);
		if (netns >= 0)
			close(netns);
		enter(home);
	}
	if (home >= 0)
		close(home);
	fputc(']', out);
}

/* How far the wall clock is ahead of the records' clock. */
static __s64 realtime_offset(void)
{
	struct timespec wall;
	__u64 before = now_ns(), after;

	clock_gettime(CLOCK_REALTIME, &wall);
	after = now_ns();
	return wall.tv_sec * 1000000000LL + wall.tv_nsec - (__s64)(before + (after - before) / 2);
}

char *header_json(const struct plan *plan)
{
	struct utsname machine;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	uname(&machine);
	fprintf(out, "{\"version\":%d,\"mechanism\":\"bpf\",\"clock\":\"monotonic\",\"startNs\":%llu,\"realtimeOffsetNs\":%lld,",
		TRACE_VERSION, now_ns(), realtime_offset());
	put_pair(out, "kernel", machine.release);
	fputc(',', out);
	put_pair(out, "machine", machine.machine);
	fprintf(out, ",\"cpus\":%d,\"bufferBytes\":%llu", libbpf_num_possible_cpus(), plan->buffer_bytes);
	put_tsc(out);
	put_points(out, plan);
	fprintf(out, ",\"namespaces\":[");
	for (int i = 0; i < plan->n_netns; i++) {
		fprintf(out, "%s{\"inode\":%u,", i ? "," : "", plan->netns[i].inode);
		put_pair(out, "name", plan->netns[i].name);
		fputc('}', out);
	}
	fputc(']', out);
	put_devices(out, plan);
	put_listed(out, "tasks", "tid", plan->tids, plan->n_tids);
	put_listed(out, "processes", "pid", plan->processes, plan->n_processes);
	fprintf(out, ",\"ports\":[");
	for (int i = 0; i < plan->n_ports; i++)
		fprintf(out, "%s%u", i ? "," : "", plan->ports[i]);
	fprintf(out, "]}");
	return fclose(out) ? NULL : text;
}

static void put_programs(FILE *out, const struct loaded *loaded)
{
	fprintf(out, ",\"programs\":[");
	for (int i = 0; i < loaded->n_links; i++) {
		fprintf(out, "%s{", i ? "," : "");
		put_pair(out, "name", bpf_program__name(loaded->programs[i]));
		fprintf(out, ",\"runs\":%llu,\"ns\":%llu}", loaded->spent[i].runs, loaded->spent[i].ns);
	}
	fputc(']', out);
}

char *trailer_json(const struct loaded *loaded, const struct drained *drained, enum end end)
{
	static const char *const ends[] = { [END_INPUT] = "input", [END_SIGNAL] = "signal" };
	__u64 *lost = calloc(drained->n_cpus, sizeof(*lost));
	char *text = NULL;
	__u32 zero = 0;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out || !lost)
		return NULL;
	if (loaded->lost >= 0)
		bpf_map_lookup_elem(loaded->lost, &zero, lost);
	lost[0] += drained->torn;
	fprintf(out, "{\"end\":\"%s\",\"startNs\":%llu,\"endNs\":%llu,\"lost\":[", ends[end], drained->start_ns, now_ns());
	for (int i = 0; i < drained->n_cpus; i++)
		fprintf(out, "%s%llu", i ? "," : "", lost[i]);
	fprintf(out, "],\"written\":[");
	for (int i = 0; i < drained->n_cpus; i++)
		fprintf(out, "%s%llu", i ? "," : "", drained->cpus[i]);
	fprintf(out, "],\"missed\":%llu,\"points\":{", loaded->missed);
	for (int i = 1, n = 0; i < N_POINTS; i++)
		if (drained->points[i])
			fprintf(out, "%s\"%s\":%llu", n++ ? "," : "", point_name(i), drained->points[i]);
	fputc('}', out);
	put_tsc(out);
	if (loaded->stats >= 0)
		put_programs(out, loaded);
	fputc('}', out);
	free(lost);
	return fclose(out) ? NULL : text;
}
