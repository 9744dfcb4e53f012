// SPDX-License-Identifier: GPL-2.0-only
/* Loads objects with some of their programs, attaches those, and detaches them all at the end. */
#include "load.h"
#include "asked.h"
#include "object.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <unistd.h>

static void hold(struct loaded *loaded, struct bpf_program *program, struct bpf_link *link)
{
	loaded->programs[loaded->n_links] = program;
	loaded->links[loaded->n_links++] = link;
}

static bool holds(const struct loaded *loaded, const struct bpf_program *program)
{
	for (int i = 0; i < loaded->n_links; i++)
		if (loaded->programs[i] == program)
			return true;
	return false;
}

/* Attaches the program of a way, unless another point of the object has it already. */
static void attach(struct loaded *loaded, struct plan *plan, struct bpf_object *object, const struct way *way)
{
	struct bpf_program *program = bpf_object__find_program_by_name(object, way->program);
	struct bpf_link *link;
	char why[300];

	if (!holds(loaded, program)) {
		link = bpf_program__attach(program);
		if (!link) {
			explain(why, sizeof(why), errno);
			refuse(plan, way, why);
			return;
		}
		hold(loaded, program, link);
	}
	use(plan, way);
}

int load_ways(struct loaded *loaded, struct plan *plan, __u64 wanted)
{
	struct bpf_object *object = open_object(OBJECT_NAME, NULL);
	int err;

	if (!object)
		return -errno;
	choose_program(object, NULL);
	loaded->maps.config.points = 0;
	for (int i = 0; i < n_ways; i++) {
		if (!(wanted >> i & 1))
			continue;
		bpf_program__set_autoload(bpf_object__find_program_by_name(object, ways[i].program), true);
		loaded->maps.config.points |= 1ULL << ways[i].point;
	}
	err = give_maps(&loaded->maps, object);
	if (!err)
		err = bpf_object__load(object);
	if (err)
		goto out;
	for (int i = 0; i < n_ways; i++)
		if (wanted >> i & 1)
			attach(loaded, plan, object, &ways[i]);
	return 0; /* The object stays open: its programs are in use until the process ends. */
out:
	bpf_object__close(object);
	return err;
}

int load_delay(struct loaded *loaded, __u64 delay_ns)
{
	struct bpf_object *object = open_object(OBJECT_NAME, NULL);
	struct bpf_program *program;
	struct bpf_link *link;
	int err;

	if (!object)
		return -errno;
	choose_program(object, "delay");
	loaded->maps.config.delay_ns = delay_ns;
	err = give_maps(&loaded->maps, object);
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
	hold(loaded, program, link);
	return 0; /* The object stays open, as those of the points. */
out:
	bpf_object__close(object);
	return err;
}

void detach_points(struct loaded *loaded)
{
	if (loaded->maps.ring)
		__atomic_store_n(&loaded->maps.ring->wanted, 0, __ATOMIC_RELEASE);
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
