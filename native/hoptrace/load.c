// SPDX-License-Identifier: GPL-2.0-only
/* Loads the programs: all together, and where the kernel refuses that, each on its own, so that one costs only itself. */
#include "loader.h"
#include "object.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define LEAST_RECORDS 1024

static const char *const maps[] = { "records", "ring", "lost", "ports", "tasks", "processes", "cpus" };
enum { RECORDS, RING, LOST, PORTS, TASKS, PROCESSES, CPUS, N_MAPS };
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

static __u32 entries_of(int map, const struct bpf_map *template)
{
	if (map == RECORDS)
		return config.capacity;
	return map == CPUS ? (__u32)libbpf_num_possible_cpus() : bpf_map__max_entries(template);
}

/* What programs write and the loader reads, in the memory of both. */
static int share(struct loaded *loaded)
{
	int both = PROT_READ | PROT_WRITE;

	loaded->capacity = config.capacity;
	loaded->records = mmap(NULL, config.capacity * sizeof(struct record), both, MAP_SHARED, map_fds[RECORDS], 0);
	loaded->ring = mmap(NULL, sizeof(*loaded->ring), both, MAP_SHARED, map_fds[RING], 0);
	if (loaded->records != MAP_FAILED && loaded->ring != MAP_FAILED)
		return 0;
	loaded->ring = NULL;
	return -errno;
}

/* The maps come first and are given to every object: a program that is loaded later works on the same. */
static int create_maps(const struct plan *plan)
{
	struct bpf_object *object = open_object(OBJECT_NAME, NULL);
	int err = 0;

	if (!object)
		return -errno;
	config.capacity = LEAST_RECORDS;
	while (config.capacity * sizeof(struct record) < plan->buffer_bytes)
		config.capacity *= 2;
	config.room = config.capacity - LEAST_RECORDS / 16;
	for (int i = 0; i < N_MAPS && !err; i++) {
		struct bpf_map *map = bpf_object__find_map_by_name(object, maps[i]);
		LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = bpf_map__map_flags(map));

		map_fds[i] = bpf_map_create(bpf_map__type(map), maps[i], bpf_map__key_size(map), bpf_map__value_size(map),
					    entries_of(i, map), &options);
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
	config.n_cpus = libbpf_num_possible_cpus();
	config.n_ports = plan->n_ports;
	config.n_processes = plan->n_processes;
	config.n_devices = plan->n_devices;
	memcpy(config.devices, plan->devices, sizeof(config.devices));
	config.n_netns = plan->n_netns;
	for (int i = 0; i < plan->n_netns; i++)
		config.netns[i] = plan->netns[i].inode;
	return err;
}

/* Gives an object the maps of all, and its constants. */
static int prepare(struct bpf_object *object)
{
	int err = 0;

	for (int i = 0; i < N_MAPS && !err; i++)
		err = bpf_map__reuse_fd(bpf_object__find_map_by_name(object, maps[i]), map_fds[i]);
	if (err)
		return err;
	return bpf_map__set_initial_value(bpf_object__find_map_by_name(object, ".rodata.config"), &config, sizeof(config));
}

/* Attaches the program of a way, unless another point of the object has it already. */
static void attach(struct loaded *loaded, struct plan *plan, struct bpf_object *object, int way)
{
	struct bpf_program *program = bpf_object__find_program_by_name(object, ways[way].program);
	struct asked *asked = asked_for(plan, ways[way].point);
	struct bpf_link *link;
	char why[300];

	for (int i = 0; i < loaded->n_links; i++)
		if (loaded->programs[i] == program)
			goto used;
	link = bpf_program__attach(program);
	if (!link) {
		explain(why, sizeof(why), errno);
		refuse(plan, &ways[way], why);
		return;
	}
	loaded->programs[loaded->n_links] = program;
	loaded->links[loaded->n_links++] = link;
used:
	append(asked->how, sizeof(asked->how), "%s%s %s", asked->how[0] ? ", " : "", way_name(ways[way].kind), ways[way].target);
}

/* Loads and attaches the ways of `wanted`, a bit each; 0 or negative errno, and then none of them is loaded. */
static int load(struct loaded *loaded, struct plan *plan, __u64 wanted)
{
	struct bpf_object *object = open_object(OBJECT_NAME, NULL);
	int err;

	if (!object)
		return -errno;
	choose_program(object, NULL);
	for (int i = 0; i < n_ways; i++)
		if (wanted >> i & 1)
			bpf_program__set_autoload(bpf_object__find_program_by_name(object, ways[i].program), true);
	config.points = 0;
	for (int i = 0; i < n_ways; i++)
		if (wanted >> i & 1)
			config.points |= 1ULL << ways[i].point;
	err = prepare(object);
	if (!err)
		err = bpf_object__load(object);
	if (err)
		goto out;
	for (int i = 0; i < n_ways; i++)
		if (wanted >> i & 1)
			attach(loaded, plan, object, i);
	return 0; /* The object stays open: its programs are in use until the process ends. */
out:
	bpf_object__close(object);
	return err;
}

/* The delay is no point: a trace that is to prove something by it does not begin without. */
static int load_delay(struct loaded *loaded, struct plan *plan)
{
	struct bpf_object *object = open_object(OBJECT_NAME, NULL);
	struct bpf_program *program;
	struct bpf_link *link;
	int err;

	if (!object)
		return -errno;
	choose_program(object, "delay");
	config.delay_ns = plan->delay_ns;
	err = prepare(object);
	if (!err)
		err = bpf_object__load(object);
	if (err)
		goto out;
	program = bpf_object__find_program_by_name(object, "delay");
	link = bpf_program__attach(program);
	if (!link) {
		err = -errno;
		goto out;
	}
	loaded->programs[loaded->n_links] = program;
	loaded->links[loaded->n_links++] = link;
	return 0; /* The object stays open, as those of the points. */
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
static void load_rank(struct loaded *loaded, struct plan *plan, const struct btf *btf, enum rank rank)
{
	__u64 tracepoints = 0, functions = 0;

	for (int i = 0; i < n_ways; i++) {
		const struct asked *asked = asked_for(plan, ways[i].point);

		if (ways[i].rank != rank || !asked || asked->how[0])
			continue;
		if (!strncmp(way_name(ways[i].kind), plan->without, strlen(plan->without)) && plan->without[0])
			refuse(plan, &ways[i], "left out by the plan");
		else if (ways[i].kind == TRACEPOINT && !has_tracepoint(btf, ways[i].target))
			refuse(plan, &ways[i], "this kernel has no such tracepoint");
		else if (ways[i].kind == TRACEPOINT)
			tracepoints |= 1ULL << i;
		else
			functions |= 1ULL << i;
	}
	load_set(loaded, plan, tracepoints);
	load_set(loaded, plan, functions);
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

	btf = btf__load_vmlinux_btf();
	if (!btf) {
		refuse_all(plan, "this kernel has no type information (/sys/kernel/btf/vmlinux, CONFIG_DEBUG_INFO_BTF)");
		return;
	}
	err = create_maps(plan);
	if (!err)
		err = share(loaded);
	if (!err)
		err = fill_maps(plan);
	if (err) {
		explain(why, sizeof(why), err);
		refuse_all(plan, why);
		goto out;
	}
	if (plan->stats)
		loaded->stats = bpf_enable_stats(BPF_STATS_RUN_TIME);
	if (plan->calls != RANK_USUAL)
		load_rank(loaded, plan, btf, plan->calls);
	load_rank(loaded, plan, btf, RANK_USUAL);
	load_rank(loaded, plan, btf, RANK_OTHER);
	load_rank(loaded, plan, btf, RANK_LAST);
	if (plan->delay_ns)
		loaded->delay_err = load_delay(loaded, plan);
	loaded->lost = map_fds[LOST];
	__atomic_store_n(&loaded->ring->wanted, 1, __ATOMIC_RELEASE);
out:
	btf__free(btf);
}

void detach_points(struct loaded *loaded)
{
	if (loaded->ring)
		__atomic_store_n(&loaded->ring->wanted, 0, __ATOMIC_RELEASE);
	for (int i = 0; i < loaded->n_links; i++) {
		struct bpf_prog_info info = {};
		__u32 bytes = sizeof(info);

		if (!bpf_obj_get_info_by_fd(bpf_program__fd(loaded->programs[i]), &info, &bytes))
			loaded->missed += info.recursion_misses;
		loaded->spent[i].runs = info.run_cnt;
		loaded->spent[i].ns = info.run_time_ns;
	}
	for (int i = 0; i < loaded->n_links; i++)
		bpf_link__destroy(loaded->links[i]);
	if (loaded->stats >= 0)
		close(loaded->stats);
}
