// SPDX-License-Identifier: GPL-2.0-only
/* The two JSON documents of a trace by tracefs: what was asked and granted, and what came of it. */
#include "document.h"
#include "../clock.h"
#include "json.h"

#include <stdlib.h>
#include <sys/utsname.h>

static void put_events(FILE *out, const struct tracefs *trace, bool whole)
{
	const char *between = "";

	fprintf(out, ",\"events\":[");
	for (int i = 0; i < trace->n_events; i++) {
		if (!trace->events[i].format)
			continue;
		fprintf(out, "%s{\"stream\":%d,\"name\":\"%s\",\"format\":", between, trace->events[i].stream, trace->events[i].name);
		print_json(out, whole ? trace->events[i].format : "", JSON_ASCII);
		fputc('}', out);
		between = ",";
	}
	fprintf(out, "],\"refusedEvents\":[");
	between = "";
	for (int i = 0; i < trace->n_events; i++) {
		if (trace->events[i].format)
			continue;
		fprintf(out, "%s{\"name\":\"%s\",\"why\":", between, trace->events[i].name);
		print_json(out, trace->events[i].why, JSON_ASCII);
		fputc('}', out);
		between = ",";
	}
	fputc(']', out);
}

static void put_threads(FILE *out, const struct tracefs *trace)
{
	fprintf(out, ",\"threads\":[");
	for (int i = 0; i < trace->n_processes; i++) {
		fprintf(out, "%s{\"pid\":%d,\"tids\":[", i ? "," : "", trace->processes[i].pid);
		for (int j = 0; j < trace->processes[i].n; j++)
			fprintf(out, "%s%d", j ? "," : "", trace->processes[i].tids[j]);
		fprintf(out, "]}");
	}
	fputc(']', out);
}

char *describe(const struct tracefs *trace, bool whole)
{
	char path[300], *text = NULL, *page = malloc(MAX_FORMAT);
	struct utsname machine;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out || !page)
		return NULL;
	uname(&machine);
	snprintf(path, sizeof(path), "%s/events/header_page", trace->root);
	read_small(path, page, MAX_FORMAT);
	fprintf(out, "{\"version\":%d,\"mechanism\":\"tracefs\",\"clock\":\"monotonic\",\"startNs\":%llu,\"kernel\":",
		TRACE_VERSION, now_ns());
	print_json(out, machine.release, JSON_ASCII);
	fprintf(out, ",\"machine\":");
	print_json(out, machine.machine, JSON_ASCII);
	put_tsc(out);
	fprintf(out, ",\"cpus\":%d,\"bufferBytes\":%lld,\"pageBytes\":%zu,\"headerPage\":", trace->streams[0].instance.n_cpus,
		(long long)trace->buffer_kb << 10, trace->page_bytes);
	print_json(out, whole ? page : "", JSON_ASCII);
	fprintf(out, ",\"calls\":{");
	if (whole)
		print_calls(out);
	fputc('}', out);
	put_events(out, trace, whole);
	put_threads(out, trace);
	fprintf(out, ",\"extra\":%s}", trace->extra ? trace->extra : "{}");
	free(page);
	return fclose(out) ? NULL : text;
}

char *conclude(const struct tracefs *trace, __u64 start_ns, __u64 pages, enum end end)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	fprintf(out, "{\"end\":\"%s\",\"startNs\":%llu,\"endNs\":%llu,\"pages\":%llu,\"lost\":[", end == END_INPUT ? "input" : "signal",
		start_ns, now_ns(), pages);
	for (int cpu = 0; cpu < trace->streams[0].instance.n_cpus; cpu++) {
		unsigned long long lost = 0;

		for (int i = 0; i < trace->n_streams; i++)
			lost += lost_on_cpu(&trace->streams[i].instance, cpu);
		fprintf(out, "%s%llu", cpu ? "," : "", lost);
	}
	fputc(']', out);
	put_tsc(out);
	fputc('}', out);
	return fclose(out) ? NULL : text;
}
