// SPDX-License-Identifier: GPL-2.0-only
/* Loads the programs: all together, and where the kernel refuses that, each on its own, so that one costs only itself. */
#include "loader.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

extern const char bpf_object_start[], bpf_object_end[];

static const char *const maps[] = { "watched", "drops", "losses", "uncounted" };
#define N_MAPS (sizeof(maps) / sizeof(maps[0]))
static int map_fds[N_MAPS] = { -1, -1, -1, -1 };

static char said[4096];

/* The last complaint before a failure: libbpf repeats the verifier's log, whose last lines tell. */
static int keep_last(enum libbpf_print_level level, const char *format, va_list args)
{
	static char line[65536];
	size_t length, skip;

	if (level != LIBBPF_WARN)
		return 0;
	vsnprintf(line, sizeof(line), format, args);
	/* The log of the verifier comes in one message; that loading failed comes after it and says less. */
	if (strstr(said, "BEGIN PROG LOAD LOG"))
		return 0;
	length = strlen(line);
	skip = length < sizeof(said) ? 0 : length - sizeof(said) + 1;
	memcpy(said, line + skip, length - skip + 1);
	return 0;
}

/* One line of why: the verifier's word before its summary, else libbpf's, else the errno's. */
static void explain(char *why, int err)
{
	char *end = strstr(said, "\nprocessed ");
	const char *line;

	if (end)
		*end = 0;
	for (size_t last = strlen(said); last && said[last - 1] == '\n';)
		said[--last] = 0;
	line = strrchr(said, '\n');
	line = line ? line + 1 : said;
	if (!strncmp(line, "libbpf: failed to load", 22))
		line = ""; /* as much as the errno says */
	snprintf(why, MAX_WHY, "%s%s%.300s", strerror(abs(err)), *line ? ": " : "", line);
}

static struct bpf_program *program_of(struct bpf_object *object, const struct source *source, bool raw)
{
	char name[64];

	snprintf(name, sizeof(name), "%s_%s", raw ? "raw" : "on", source->program);
	return bpf_object__find_program_by_name(object, name);
}

/* Loads the programs of `wanted` (a bit a point) with the maps that there are; 0 or negative errno. */
static int load(struct loaded *loaded, unsigned int wanted, bool raw)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = "hoplab_drops");
	struct bpf_object *object = bpf_object__open_mem(bpf_object_start, bpf_object_end - bpf_object_start, &options);
	struct bpf_program *program;
	struct bpf_map *map;
	int err;

	said[0] = 0;
	if (!object)
		return -errno;
	bpf_object__for_each_program(program, object)
		bpf_program__set_autoload(program, false);
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
		explain(source->why, errno);
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

	libbpf_set_print(keep_last);
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
			explain(why, err);
			give_up(loaded, why);
			return;
		}
		for (int i = 0; i < N_POINTS; i++) {
			if (!(wanted & 1u << i))
				continue;
			err = load(loaded, 1u << i, false);
			if (!err)
				continue;
			explain(loaded->sources[i].why, err);
			load(loaded, 1u << i, true);
		}
	}
	for (int i = 0; i < plan->n; i++) {
		__u32 index = i;

		if (bpf_map_update_elem(map_fds[0], &plan->netns[i].inode, &index, BPF_ANY)) {
			explain(why, errno);
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
