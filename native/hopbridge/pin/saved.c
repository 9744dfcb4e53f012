// SPDX-License-Identifier: GPL-2.0-only
/* Writes what is saved into a map that is pinned with the bridge, and reads it again. */
#include "saved.h"
#include "../device/netns.h"
#include "../maps.h"
#include "../say.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

void save(struct bridge *bridge)
{
	uint32_t zero = 0;
	int fd;

	if (!bridge->plan->pin[0])
		return;
	fd = pinned_fd(bridge, "map", "saved");
	if (fd < 0 || bpf_map_update_elem(fd, &zero, &bridge->saved, BPF_ANY))
		refuse(NULL, "pin", "report it", "what the next loader needs cannot be written: %s", strerror(errno));
	close(fd);
}

int read_saved(const char *path, struct saved *saved)
{
	struct bpf_map_info info = { 0 };
	char name[MAX_PATH + 64];
	__u32 size = sizeof(info), zero = 0;
	int fd;

	snprintf(name, sizeof(name), "%s/map_saved", path);
	fd = bpf_obj_get(name);
	if (fd < 0)
		return -errno;
	if (bpf_obj_get_info_by_fd(fd, &info, &size) || info.value_size != sizeof(*saved) ||
	    bpf_map_lookup_elem(fd, &zero, saved) || saved->size != sizeof(*saved)) {
		close(fd);
		return -EPROTO;
	}
	close(fd);
	return 0;
}

void reopen_bridge(struct bridge *bridge, const char *path)
{
	int err = strlen(path) < MAX_PATH ? read_saved(path, &bridge->saved) : -ENAMETOOLONG;

	if (err == -EPROTO)
		refuse(NULL, "pin", "hoplab-bridge down FOLDER ends it", "%s was pinned by another version of this program", path);
	if (err)
		refuse(NULL, "pin", "name the folder of a pinned bridge", "%s holds no bridge: %s", path, strerror(-err));
	if (bridge->saved.netns_inode != netns_inode())
		refuse(NULL, "netns", "nsenter --net=PATH hoplab-bridge ..., or end it: hoplab-bridge down FOLDER",
		       "the ports of %s are in another network namespace, or were", path);
	strcpy(bridge->saved.plan.pin, path);
	bridge->plan = &bridge->saved.plan;
	bridge->ports = bridge->saved.ports;
	bridge->n_ports = bridge->saved.n_ports;
}
