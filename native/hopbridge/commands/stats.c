// SPDX-License-Identifier: GPL-2.0-only
/* The command stats: counters of every port, what was lost by reason, how full the FDB is. */
#include "stats.h"
#include "../device/features.h"
#include "../maps.h"
#include "../plan/port_options.h"
#include "../say.h"
#include "fdb.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdlib.h>
#include <string.h>

static const char *const counter_names[] = {
#define AS_NAME(name) #name,
	PORT_COUNTERS(AS_NAME)
#undef AS_NAME
};

const char *rule_name(uint32_t counter)
{
	return counter < N_COUNTERS ? counter_names[counter] + (strncmp(counter_names[counter], "drop_", 5) ? 0 : 5) : "?";
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

	fputs("\"losses\":[", out);
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
		fputs(first ? "{\"port\":" : ",{\"port\":", out);
		print_json_string(name);
		fputs(",\"reason\":", out);
		print_json_string(loss_reason(key.error));
		fprintf(out, ",\"error\":%d,\"frames\":%llu}", key.error, (unsigned long long)frames);
		first = false;
	}
	putc(']', out);
}

void serve_stats(struct bridge *bridge)
{
	static struct port_stats sums[MAX_PORTS];
	uint64_t learned = 0, entries;

	fputs("{\"ports\":[", out);
	for (int i = 0; i < bridge->n_ports; i++) {
		sum_stats(bridge, i, &sums[i]);
		learned += sums[i].packets[COUNT_learned];
		fputs(i ? ",{\"port\":" : "{\"port\":", out);
		print_json_string(bridge->plan->ports[i].name);
		/* Asked again: someone may have changed the far end of a veth meanwhile. */
		fprintf(out, ",\"mode\":\"%s\",\"native\":%s,\"takes_redirects\":%s,\"counters\":{", mode_name(bridge->ports[i].mode),
			bridge->ports[i].mode == MODE_NATIVE ? "true" : "false",
		       takes_redirects(bridge->ports[i].device.ifindex) == 1 ? "true" : "false");
		for (int c = 0; c < N_COUNTERS; c++)
			fprintf(out, "%s\"%s\":{\"packets\":%llu,\"bytes\":%llu}", c ? "," : "", counter_names[c],
			       (unsigned long long)sums[i].packets[c], (unsigned long long)sums[i].bytes[c]);
		fputs("}}", out);
	}
	entries = count_fdb(bridge) + bridge->saved.deleted;
	fprintf(out, "],\"fdb\":{\"entries\":%llu,\"size\":%u,\"learned\":%llu,\"evicted\":%llu},",
	       (unsigned long long)(entries - bridge->saved.deleted), bridge->plan->fdb_size, (unsigned long long)learned,
	       (unsigned long long)(learned > entries ? learned - entries : 0));
	print_losses(bridge, sums);
	fputs("}\n", out);
}

/* How large each program is to the kernel, which has taken out what the settings turned off. */
void serve_programs(struct bridge *bridge)
{
	static const char *const names[] = { "hopbridge_xdp", "flood_out", "hopbridge_tc", "pass_all", "on_devmap_xmit",
					     "on_redirect_err" };
	bool first = true;

	fputs("{\"programs\":[", out);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct bpf_prog_info info = { 0 };
		__u32 size = sizeof(info);
		int fd = program_fd(bridge, names[i]);

		if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size))
			continue;
		fprintf(out, "%s{\"name\":\"%s\",\"id\":%u,\"instructions\":%u}", first ? "" : ",", names[i], info.id,
			info.xlated_prog_len / 8);
		first = false;
	}
	fputs("]}\n", out);
}
