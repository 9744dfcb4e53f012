// SPDX-License-Identifier: GPL-2.0-only
/* Loads the object, sized and set as the plan says. */
#include "load.h"
#include "device/netns.h"
#include "maps.h"
#include "object.h"
#include "say.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TCX_INGRESS 46 /* BPF_TCX_INGRESS of Linux 6.6 */
#define LAST_LINES 5
#define SEEN_RING_BYTES (8 << 20) /* about 4000 frames */
#define MAX_RECENT_LINES 32768 /* 2 MiB a CPU and table */

/* Lines of a CPU: room for the whole FDB, or for many enough. */
static uint32_t recent_lines(uint32_t fdb_size)
{
	uint32_t lines = 16;

	while (lines < MAX_RECENT_LINES && lines * RECENT_WAYS < fdb_size)
		lines *= 2;
	return lines;
}

static bool size_maps(const struct bridge *bridge, uint32_t lines)
{
	static const char *const recents[] = { "recent_targets", "recent_sources" };
	struct bpf_map *map = bpf_object__find_map_by_name(bridge->object, "fdb");
	int cpus = libbpf_num_possible_cpus();

	if (cpus < 1 || !map || bpf_map__set_max_entries(map, bridge->plan->fdb_size))
		return false;
	for (int i = 0; i < 2; i++) {
		map = bpf_object__find_map_by_name(bridge->object, recents[i]);
		if (!map || bpf_map__set_max_entries(map, cpus * lines))
			return false;
	}
	return true;
}

static bool loads(struct bridge *bridge, const struct settings *settings, bool tracepoints)
{
	struct bpf_map *map;
	struct bpf_program *program;

	/* For tests: another object in place of the one within. */
	bridge->object = open_object("hopbridge", getenv("HOPLAB_BRIDGE_OBJECT"));
	if (!bridge->object)
		return false;
	map = bpf_object__find_map_by_name(bridge->object, ".rodata.settings");
	if (!map || bpf_map__set_initial_value(map, settings, sizeof(*settings)))
		return false;
	if (!size_maps(bridge, settings->recent_mask + 1))
		return false;
	map = bpf_object__find_map_by_name(bridge->object, "seen");
	if (!map || (bridge->plan->watch && bpf_map__set_max_entries(map, SEEN_RING_BYTES)))
		return false;
	bpf_object__for_each_program(program, bridge->object)
		if (bpf_program__type(program) == BPF_PROG_TYPE_TRACING)
			bpf_program__set_autoload(program, tracepoints);
	if (!bpf_object__load(bridge->object)) {
		change_generation(bridge);
		return true;
	}
	bpf_object__close(bridge->object);
	bridge->object = NULL;
	return false;
}

/* What is too old says only that it does not understand: so it is asked first. */
void check_kernel(void)
{
	LIBBPF_OPTS(bpf_prog_query_opts, query);

	if (access("/sys/kernel/btf/vmlinux", R_OK))
		refuse(NULL, "kernel", "boot a kernel with CONFIG_DEBUG_INFO_BTF, as distributions have since 2021",
		       "the kernel has no BTF (/sys/kernel/btf/vmlinux: %s), by which the programs find its structures",
		       strerror(errno));
	/* Of the loopback, which every network namespace has as its first. */
	if (bpf_prog_query_opts(1, TCX_INGRESS, &query) && errno == EINVAL)
		refuse(NULL, "kernel", "boot Linux 6.6 or later", "the kernel has no tcx hook, which the programs on sk_buffs need");
}

void load_bridge(struct bridge *bridge)
{
	const struct plan *plan = bridge->plan;
	uint64_t ageing_ns = plan->ageing_ms * 1000000ULL;
	struct settings settings = {
		.ageing_ns = ageing_ns,
		.refresh_ns = ageing_ns ? ageing_ns / 16 : 1000000000ULL,
		.forward_link_local = plan->forward_link_local,
		.recent_mask = recent_lines(plan->fdb_size) - 1,
		.watch = plan->watch,
		.netns_inode = netns_inode(),
	};
	const char *words;

	if (loads(bridge, &settings, true))
		return;
	if (!loads(bridge, &settings, false)) {
		words = last_said(LAST_LINES);
		refuse(NULL, "load", "run it as root; else report it with this message and uname -r",
		       "the kernel refused the programs: %s", *words ? words : "it gave no reason");
	}
	note("", "this kernel refused the tracepoints: redirects that fail are not counted by reason");
}
