// SPDX-License-Identifier: GPL-2.0-only
/* Finds maps and programs, in the object or in the pins. */
#include "maps.h"
#include "say.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int pinned_fd(const struct bridge *bridge, const char *kind, const char *name)
{
	char path[MAX_PATH + 64];

	snprintf(path, sizeof(path), "%s/%s_%s", bridge->plan->pin, kind, name);
	return bpf_obj_get(path);
}

int map_fd(const struct bridge *bridge, const char *name)
{
	static struct { const char *name; int fd; } opened[16];
	size_t i = 0;
	int fd;

	if (bridge->object) {
		fd = bpf_object__find_map_fd_by_name(bridge->object, name);
	} else {
		for (; opened[i].name; i++)
			if (!strcmp(opened[i].name, name))
				return opened[i].fd;
		fd = pinned_fd(bridge, "map", name);
		opened[i].name = name;
		opened[i].fd = fd;
	}
	if (fd < 0)
		refuse(NULL, "bug", "report it", "the object has no map %s", name);
	return fd;
}

int program_fd(const struct bridge *bridge, const char *name)
{
	struct bpf_program *program;

	if (!bridge->object)
		return pinned_fd(bridge, "prog", name);
	program = bpf_object__find_program_by_name(bridge->object, name);
	return program ? bpf_program__fd(program) : -1;
}

void change_generation(const struct bridge *bridge)
{
	uint32_t *generation = mmap(NULL, sizeof(*generation), PROT_READ | PROT_WRITE, MAP_SHARED,
				    map_fd(bridge, "generation"), 0);

	if (generation == MAP_FAILED)
		refuse(NULL, "map", "report it", "map the generation: %s", strerror(errno));
	__atomic_fetch_add(generation, 1, __ATOMIC_SEQ_CST);
	munmap(generation, sizeof(*generation));
}
