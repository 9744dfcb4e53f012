// SPDX-License-Identifier: GPL-2.0-only
/* Answers commands from stdin, a line each with one JSON line, until EOF. */
#include "loader.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_LINE 512
#define MAX_WORDS 8

static const char *const counter_names[] = {
#define AS_NAME(name) #name,
	PORT_COUNTERS(AS_NAME)
#undef AS_NAME
};

void reply_error(const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fputs("{\"error\":", stdout);
	print_json_string(text);
	puts("}");
}

static void sum_stats(const struct bridge *bridge, uint32_t port, struct port_stats *sum)
{
	int cpus = libbpf_num_possible_cpus();
	struct port_stats *each = calloc(cpus > 0 ? cpus : 1, sizeof(*each));

	memset(sum, 0, sizeof(*sum));
	if (!each || cpus < 1 || bpf_map_lookup_elem(map_fd(bridge, "stats"), &port, each))
		refuse(NULL, "stats", "report it", "the counters cannot be read");
	for (int cpu = 0; cpu < cpus; cpu++) {
		for (int i = 0; i < N_COUNTERS; i++) {
			sum->packets[i] += each[cpu].packets[i];
			sum->bytes[i] += each[cpu].bytes[i];
		}
	}
	free(each);
}

static const char *loss_reason(int error)
{
	switch (-error) {
	case 0: return "the driver had no room";
	case 95: return "the target takes no redirected frames (ndo_xdp_xmit)";
	case 6: return "the target takes no redirected frames (its far end has no program and no GRO)";
	case 90: return "larger than the target's MTU";
	case 100: return "the target is down";
	default: return strerror(-error);
	}
}

/*
 * Frames that were redirected and did not arrive, by target and reason. The kernel counts a copy that flood_out kept
 * back as a drop without an error: those were meant, and are taken off again.
 */
static void print_losses(const struct bridge *bridge, const struct port_stats *sums)
{
	int map = map_fd(bridge, "losses");
	struct loss_key key, *last = NULL;
	bool first = true;
	uint64_t frames;

	fputs("\"losses\":[", stdout);
	while (!bpf_map_get_next_key(map, last, &key)) {
		const char *name = "";

		last = &key;
		if (bpf_map_lookup_elem(map, &key, &frames))
			continue;
		for (int i = 0; i < bridge->n_ports; i++) {
			uint64_t meant = sums[i].packets[COUNT_filtered];

			if (bridge->ports[i].device.ifindex != key.ifindex)
				continue;
			name = bridge->plan->ports[i].name;
			if (!key.error)
				frames = frames > meant ? frames - meant : 0;
		}
		if (!frames)
			continue;
		fputs(first ? "{\"port\":" : ",{\"port\":", stdout);
		print_json_string(name);
		fputs(",\"reason\":", stdout);
		print_json_string(loss_reason(key.error));
		printf(",\"error\":%d,\"frames\":%llu}", key.error, (unsigned long long)frames);
		first = false;
	}
	putchar(']');
}

static void print_stats(const struct bridge *bridge)
{
	static struct port_stats sums[MAX_PORTS];
	uint64_t learned = 0, entries;

	fputs("{\"ports\":[", stdout);
	for (int i = 0; i < bridge->n_ports; i++) {
		sum_stats(bridge, i, &sums[i]);
		learned += sums[i].packets[COUNT_learned];
		fputs(i ? ",{\"port\":" : "{\"port\":", stdout);
		print_json_string(bridge->plan->ports[i].name);
		/* Asked again: someone may have changed the far end of a veth meanwhile. */
		printf(",\"native\":%s,\"takes_redirects\":%s,\"counters\":{", bridge->ports[i].native ? "true" : "false",
		       takes_redirects(bridge->ports[i].device.ifindex) == 1 ? "true" : "false");
		for (int c = 0; c < N_COUNTERS; c++)
			printf("%s\"%s\":{\"packets\":%llu,\"bytes\":%llu}", c ? "," : "", counter_names[c],
			       (unsigned long long)sums[i].packets[c], (unsigned long long)sums[i].bytes[c]);
		fputs("}}", stdout);
	}
	entries = count_fdb(bridge) + bridge->deleted;
	printf("],\"fdb\":{\"entries\":%llu,\"size\":%u,\"learned\":%llu,\"evicted\":%llu},",
	       (unsigned long long)(entries - bridge->deleted), bridge->plan->fdb_size, (unsigned long long)learned,
	       (unsigned long long)(learned > entries ? learned - entries : 0));
	print_losses(bridge, sums);
	puts("}");
}

void serve(struct bridge *bridge)
{
	char line[MAX_LINE], *words[MAX_WORDS];

	while (read_line(line, sizeof(line)) >= 0) {
		int n = split_words(line, words, MAX_WORDS);

		if (!n)
			continue;
		if (n == 1 && !strcmp(words[0], "stats"))
			print_stats(bridge);
		else if (!strcmp(words[0], "fdb"))
			serve_fdb(bridge, words, n);
		else
			reply_error("%s: not one of stats, fdb", words[0]);
		fflush(stdout);
	}
}
