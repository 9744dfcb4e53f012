// SPDX-License-Identifier: GPL-2.0-only
/* Loads the programs: all together, and where the kernel refuses that, each on its own, so that one costs only itself. */
#include "loader.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

extern const char bpf_object_start[], bpf_object_end[];

static const char *const maps[] = { "records", "lost", "ports", "tasks", "processes", "cpus", "recording" };
enum { RECORDS, LOST, PORTS, TASKS, PROCESSES, CPUS, RECORDING, N_MAPS };
static int map_fds[N_MAPS] = { -1, -1, -1, -1, -1, -1, -1 };
static struct config config;

static __attribute__((format(printf, 3, 4))) void append(char *text, size_t size, const char *format, ...)
{
	size_t used = strlen(text);
	va_list args;

	va_start(args, format);
	vsnprintf(text + used, size - used, format, args);
	va_end(args);
}

static struct asked *asked_for(struct plan *plan, int point)
{
	for (int i = 0; i < plan->n_asked; i++)
		if (plan->asked[i].point == point)
			return &plan->asked[i];
	return NULL;
}

static void refuse(struct plan *plan, const struct way *way, const char *why)
{
	struct asked *asked = asked_for(plan, way->point);

	append(asked->why, sizeof(asked->why), "%s%s %s: %s", asked->why[0] ? "; " : "", way_name(way->kind), way->target, why);
}

struct bpf_object *open_object(void)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = "hoplab_hoptrace");

	forget_said();
	return bpf_object__open_mem(bpf_object_start, bpf_object_end - bpf_object_start, &options);
}

/* The maps come first and are given to every object: a program that is loaded later works on the same. */
static int create_maps(const struct plan *plan)
{
	struct bpf_object *object = open_object();
	__u64 bytes = 4096;
	int err = 0;

	if (!object)
		return -errno;
	while (bytes < plan->buffer_bytes)
		bytes *= 2;
	for (int i = 0; i < N_MAPS && !err; i++) {
		struct bpf_map *map = bpf_object__find_map_by_name(object, maps[i]);

		map_fds[i] = bpf_map_create(bpf_map__type(map), maps[i], bpf_map__key_size(map), bpf_map__value_size(map),
					    i == RECORDS ? bytes : bpf_map__max_entries(map), NULL);
		if (map_fds[i] < 0)
			err = -errno;
	}
	bpf_object__close(object);
	return err;
}

static int fill_listed(int map, const struct listed *list, int n)
{
	for (int i = 0; i < n; i++) {
		struct task task = { .role = list[i].role };

		if (bpf_map_update_elem(map_fds[map], &list[i].id, &task, BPF_ANY))
			return -errno;
	}
	return 0;
}

static int fill_maps(const struct plan *plan)
{
	int err = fill_listed(TASKS, plan->tids, plan->n_tids);

	if (!err)
		err = fill_listed(PROCESSES, plan->processes, plan->n_processes);
	for (int i = 0; i < plan->n_ports && !err; i++) {
		__u32 index = plan->ports[i] >> 6;
		__u64 bits = 0;

		bpf_map_lookup_elem(map_fds[PORTS], &index, &bits);
		bits |= 1ULL << (plan->ports[i] & 63);
		if (bpf_map_update_elem(map_fds[PORTS], &index, &bits, BPF_ANY))
			err = -errno;
	}
	config.n_ports = plan->n_ports;
	config.n_processes = plan->n_processes;
	config.n_devices = plan->n_devices;
	memcpy(config.devices, plan->devices, sizeof(config.devices));
	config.n_netns = plan->n_netns;
	for (int i = 0; i < plan->n_netns; i++)
		config.netns[i] = plan->netns[i].inode;
	return err;
}

/* Loads and attaches the ways of `wanted`, a bit each; 0 or negative errno, and then none of them is loaded. */
static int load(struct loaded *loaded, struct plan *plan, __u64 wanted)
{
	struct bpf_object *object = open_object();
	struct bpf_program *program;
	int err;

	if (!object)
		return -errno;
	bpf_object__for_each_program(program, object)
		bpf_program__set_autoload(program, false);
	for (int i = 0; i < n_ways; i++)
		if (wanted >> i & 1)
			bpf_program__set_autoload(bpf_object__find_program_by_name(object, ways[i].program), true);
	for (int i = 0; i < N_MAPS; i++) {
		err = bpf_map__reuse_fd(bpf_object__find_map_by_name(object, maps[i]), map_fds[i]);
		if (err)
			goto out;
	}
	err = bpf_map__set_initial_value(bpf_object__find_map_by_name(object, ".rodata.config"), &config, sizeof(config));
	if (err)
		goto out;
	err = bpf_object__load(object);
	if (err)
		goto out;
	for (int i = 0; i < n_ways; i++) {
		struct asked *asked = asked_for(plan, ways[i].point);
		struct bpf_link *link;

		if (!(wanted >> i & 1))
			continue;
		program = bpf_object__find_program_by_name(object, ways[i].program);
		link = bpf_program__attach(program);
		if (link) {
			loaded->programs[loaded->n_links] = program;
			loaded->links[loaded->n_links++] = link;
			append(asked->how, sizeof(asked->how), "%s%s %s", asked->how[0] ? ", " : "", way_name(ways[i].kind),
			       ways[i].target);
		} else {
			char why[300];

			explain(why, sizeof(why), errno);
			refuse(plan, &ways[i], why);
		}
	}
	return 0; /* The object stays open: its programs are in use until the process ends. */
out:
	bpf_object__close(object);
	return err;
}

static void load_alone(struct loaded *loaded, struct plan *plan, int way)
{
	int err = load(loaded, plan, 1ULL << way);
	char why[300];

	if (!err)
		return;
	explain(why, sizeof(why), err);
	refuse(plan, &ways[way], why);
}

static bool has_tracepoint(const struct btf *btf, const char *name)
{
	char type[80];

	snprintf(type, sizeof(type), "btf_trace_%s", name);
	return btf__find_by_name_kind(btf, type, BTF_KIND_TYPEDEF) >= 0;
}

/* One load for many: each reads all of the kernel's types again. */
static void load_set(struct loaded *loaded, struct plan *plan, __u64 set)
{
	if (__builtin_popcountll(set) > 1 && !load(loaded, plan, set))
		return;
	for (int i = 0; i < n_ways; i++)
		if (set >> i & 1)
			load_alone(loaded, plan, i);
}

/* The ways of a rank whose points were asked for and have none yet. */
static void load_rank(struct loaded *loaded, struct plan *plan, const struct btf *btf, int rank)
{
	__u64 tracepoints = 0, functions = 0;

	for (int i = 0; i < n_ways; i++) {
		const struct asked *asked = asked_for(plan, ways[i].point);

		if (ways[i].rank != rank || !asked || asked->how[0])
			continue;
		if (ways[i].kind == TRACEPOINT && !has_tracepoint(btf, ways[i].target))
			refuse(plan, &ways[i], "this kernel has no such tracepoint");
		else if (ways[i].kind == TRACEPOINT)
			tracepoints |= 1ULL << i;
		else
			functions |= 1ULL << i;
	}
	load_set(loaded, plan, tracepoints);
	load_set(loaded, plan, functions);
}

static int record(__u32 wanted)
{
	__u32 zero = 0;

	return bpf_map_update_elem(map_fds[RECORDING], &zero, &wanted, BPF_ANY);
}

static void refuse_all(struct plan *plan, const char *why)
{
	for (int i = 0; i < plan->n_asked; i++)
		if (plan->asked[i].point)
			snprintf(plan->asked[i].why, MAX_WHY, "%s", why);
}

void load_points(struct loaded *loaded, struct plan *plan)
{
	struct btf *btf;
	char why[400];
	int err;

	listen_to_libbpf();
	btf = btf__load_vmlinux_btf();
	if (!btf) {
		refuse_all(plan, "this kernel has no type information (/sys/kernel/btf/vmlinux, CONFIG_DEBUG_INFO_BTF)");
		return;
	}
	err = create_maps(plan);
	if (!err)
		err = fill_maps(plan);
	if (err) {
		explain(why, sizeof(why), err);
		refuse_all(plan, why);
		goto out;
	}
	load_rank(loaded, plan, btf, 0);
	load_rank(loaded, plan, btf, 1);
	if (record(1)) {
		explain(why, sizeof(why), errno);
		refuse_all(plan, why);
		goto out;
	}
	loaded->records = map_fds[RECORDS];
	loaded->lost = map_fds[LOST];
out:
	btf__free(btf);
}

void detach_points(struct loaded *loaded)
{
	record(0);
	for (int i = 0; i < loaded->n_links; i++) {
		struct bpf_prog_info info = {};
		__u32 bytes = sizeof(info);

		if (!bpf_obj_get_info_by_fd(bpf_program__fd(loaded->programs[i]), &info, &bytes))
			loaded->missed += info.recursion_misses;
	}
	while (loaded->n_links)
		bpf_link__destroy(loaded->links[--loaded->n_links]);
}
