// SPDX-License-Identifier: GPL-2.0-only
/* Loads the programs: all together, and where the kernel refuses that, each on its own, so that one costs only itself. */
#include "loader.h"
#include "object.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const maps[] = { "watched", "drops", "losses", "uncounted" };
#define N_MAPS (sizeof(maps) / sizeof(maps[0]))
static int map_fds[N_MAPS] = { -1, -1, -1, -1 };

static struct bpf_program *program_of(struct bpf_object *object, const struct source *source, bool raw)
{
	char name[64];

	snprintf(name, sizeof(name), "%s_%s", raw ? "raw" : "on", source->program);
	return bpf_object__find_program_by_name(object, name);
}

/* Loads the programs of `wanted` (a bit a point) with the maps that there are; 0 or negative errno. */
static int load(struct loaded *loaded, unsigned int wanted, bool raw)
{
	struct bpf_object *object = open_object("hoplab_drops", NULL);
	struct bpf_map *map;
	int err;

	if (!object)
		return -errno;
	choose_program(object, NULL);
	for (int i = 0; i < N_POINTS; i++)
		if (wanted & 1u << i)
			bpf_program__set_autoload(program_of(object, &loaded->sources[i], raw), true);
	for (size_t i = 0; i < N_MAPS; i++) {
		map = bpf_object__find_map_by_name(object, maps[i]);
		if (map_fds[i] >= 0 && (err = bpf_map__reuse_fd(map, map_fds[i])))
			goto out;
	}
	err = bpf_object__load(object);
	if (err)
		goto out;
	for (size_t i = 0; i < N_MAPS; i++)
		if (map_fds[i] < 0)
			map_fds[i] = bpf_object__find_map_fd_by_name(object, maps[i]);
	for (int i = 0; i < N_POINTS; i++) {
		struct source *source = &loaded->sources[i];

		if (!(wanted & 1u << i))
			continue;
		source->link = bpf_program__attach(program_of(object, source, raw));
		if (source->link) {
			source->why[0] = 0;
			continue;
		}
		explain(source->why, MAX_WHY, errno);
	}
	return 0; /* The object stays open: its programs and maps are in use until the process ends. */
out:
	bpf_object__close(object);
	return err;
}

static void give_up(struct loaded *loaded, const char *why)
{
	for (int i = 0; i < N_POINTS; i++)
		if (!loaded->sources[i].why[0])
			snprintf(loaded->sources[i].why, MAX_WHY, "%s", why);
}

static unsigned int choose(struct loaded *loaded, const struct plan *plan)
{
	unsigned int wanted = 0;

	for (int i = 0; i < N_POINTS; i++) {
		struct source *source = &loaded->sources[i];
		int arguments = count_arguments(loaded->btf, source->tracepoint);
		bool cpumap = i == POINT_xdp_cpumap_enqueue || i == POINT_xdp_cpumap_kthread;

		snprintf(source->program, sizeof(source->program), "%s", source->tracepoint);
		if (i == POINT_kfree_skb)
			snprintf(source->program, sizeof(source->program), "kfree_skb%d",
				 arguments > 4 ? 4 : arguments < 2 ? 2 : arguments);
		if (arguments < 0)
			snprintf(source->why, MAX_WHY, "this kernel has no such tracepoint");
		else if (cpumap && !plan->own)
			snprintf(source->why, MAX_WHY, "it names no device: events of one namespace cannot be told from others");
		else
			wanted |= 1u << i;
	}
	return wanted;
}

void load_points(struct loaded *loaded, const struct plan *plan)
{
	char why[MAX_WHY];
	unsigned int wanted;
	int err;

	loaded->btf = btf__load_vmlinux_btf();
	if (!loaded->btf) {
		give_up(loaded, "this kernel has no type information (/sys/kernel/btf/vmlinux, CONFIG_DEBUG_INFO_BTF)");
		return;
	}
	wanted = choose(loaded, plan);
	err = load(loaded, wanted, false);
	if (err) {
		/* Without maps there is nothing to try: no privilege, or no BPF at all. */
		err = load(loaded, 0, false);
		if (err) {
			explain(why, MAX_WHY, err);
			give_up(loaded, why);
			return;
		}
		for (int i = 0; i < N_POINTS; i++) {
			if (!(wanted & 1u << i))
				continue;
			err = load(loaded, 1u << i, false);
			if (!err)
				continue;
			explain(loaded->sources[i].why, MAX_WHY, err);
			load(loaded, 1u << i, true);
		}
	}
	for (int i = 0; i < plan->n; i++) {
		__u32 index = i;

		if (bpf_map_update_elem(map_fds[0], &plan->netns[i].inode, &index, BPF_ANY)) {
			explain(why, MAX_WHY, errno);
			give_up(loaded, why);
		}
	}
	loaded->drops = map_fds[1];
	loaded->losses = map_fds[2];
	loaded->uncounted = map_fds[3];
}

/* What comes after this is not counted: the counts are those of the work that was watched. */
void detach_points(struct loaded *loaded)
{
	for (int i = 0; i < N_POINTS; i++) {
		bpf_link__destroy(loaded->sources[i].link);
		loaded->sources[i].link = NULL;
	}
}
