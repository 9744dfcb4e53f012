// SPDX-License-Identifier: GPL-2.0-only
/* Makes the maps, once for all objects: a program that is loaded later works on the same. */
#include "maps.h"
#include "object.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#define LEAST_RECORDS 1024

static const char *const names[N_MAPS] = {
	[RECORDS] = "records", [RING] = "ring", [LOST] = "lost", [PORTS] = "ports", [TASKS] = "tasks",
	[PROCESSES] = "processes", [CPUS] = "cpus",
};

static __u32 entries_of(const struct maps *maps, int map, const struct bpf_map *template)
{
	if (map == RECORDS)
		return maps->config.capacity;
	return map == CPUS ? (__u32)libbpf_num_possible_cpus() : bpf_map__max_entries(template);
}

static int create(struct maps *maps, __u64 buffer_bytes)
{
	struct config *config = &maps->config;
	struct bpf_object *object = open_object(OBJECT_NAME, NULL);
	int err = 0;

	if (!object)
		return -errno;
	config->capacity = LEAST_RECORDS;
	while (config->capacity * sizeof(struct record) < buffer_bytes)
		config->capacity *= 2;
	config->room = config->capacity - LEAST_RECORDS / 16;
	for (int i = 0; i < N_MAPS && !err; i++) {
		struct bpf_map *map = bpf_object__find_map_by_name(object, names[i]);
		LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = bpf_map__map_flags(map));

		maps->fds[i] = bpf_map_create(bpf_map__type(map), names[i], bpf_map__key_size(map), bpf_map__value_size(map),
					      entries_of(maps, i, map), &options);
		if (maps->fds[i] < 0)
			err = -errno;
	}
	bpf_object__close(object);
	return err;
}

static int share(struct maps *maps)
{
	int both = PROT_READ | PROT_WRITE;

	maps->records = mmap(NULL, maps->config.capacity * sizeof(struct record), both, MAP_SHARED, maps->fds[RECORDS], 0);
	maps->ring = mmap(NULL, sizeof(*maps->ring), both, MAP_SHARED, maps->fds[RING], 0);
	if (maps->records != MAP_FAILED && maps->ring != MAP_FAILED)
		return 0;
	maps->ring = NULL;
	return -errno;
}

static int fill_listed(int map, const struct listed *list, int n)
{
	for (int i = 0; i < n; i++) {
		struct task task = { .role = list[i].role };

		if (bpf_map_update_elem(map, &list[i].id, &task, BPF_ANY))
			return -errno;
	}
	return 0;
}

static int fill(const struct maps *maps, const struct plan *plan)
{
	int err = fill_listed(maps->fds[TASKS], plan->tids, plan->n_tids);

	if (!err)
		err = fill_listed(maps->fds[PROCESSES], plan->processes, plan->n_processes);
	for (int i = 0; i < plan->n_ports && !err; i++) {
		__u32 index = plan->ports[i] >> 6;
		__u64 bits = 0;

		bpf_map_lookup_elem(maps->fds[PORTS], &index, &bits);
		bits |= 1ULL << (plan->ports[i] & 63);
		if (bpf_map_update_elem(maps->fds[PORTS], &index, &bits, BPF_ANY))
			err = -errno;
	}
	return err;
}

static void set_constants(struct config *config, const struct plan *plan)
{
	config->n_cpus = libbpf_num_possible_cpus();
	config->n_ports = plan->n_ports;
	config->n_processes = plan->n_processes;
	config->n_devices = plan->n_devices;
	memcpy(config->devices, plan->devices, sizeof(config->devices));
	config->n_netns = plan->n_netns;
	for (int i = 0; i < plan->n_netns; i++)
		config->netns[i] = plan->netns[i].inode;
}

int make_maps(struct maps *maps, const struct plan *plan)
{
	int err = create(maps, plan->buffer_bytes);

	if (!err)
		err = share(maps);
	if (!err)
		err = fill(maps, plan);
	set_constants(&maps->config, plan);
	return err;
}

int give_maps(const struct maps *maps, struct bpf_object *object)
{
	int err = 0;

	for (int i = 0; i < N_MAPS && !err; i++)
		err = bpf_map__reuse_fd(bpf_object__find_map_by_name(object, names[i]), maps->fds[i]);
	if (err)
		return err;
	return bpf_map__set_initial_value(bpf_object__find_map_by_name(object, ".rodata.config"), &maps->config,
					  sizeof(maps->config));
}
