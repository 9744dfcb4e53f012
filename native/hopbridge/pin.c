// SPDX-License-Identifier: GPL-2.0-only
/* A bridge that needs no process: everything is pinned in a folder of a bpffs, and found there again. */
#include "bridge.h"
#include "pin.h"
#include "say.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <libgen.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define CURE_MOUNT "mount -t bpf bpf /sys/fs/bpf, and name a folder in it that is not there yet, without dots"

static const char *const maps[] = { "port_of", "ports", "fdb", "fdb_static", "allowed", "storms", "stats", "one", "all",
				    "losses", "seen", "unseen", "generation" };
static char folder[MAX_PATH]; /* made by us, and not yet to be kept */

uint32_t netns_inode(void)
{
	struct stat here;

	return stat("/proc/self/ns/net", &here) ? 0 : here.st_ino;
}

static void pin(const struct bridge *bridge, int fd, const char *kind, const char *name)
{
	char path[MAX_PATH + 64];

	snprintf(path, sizeof(path), "%s/%s_%s", bridge->plan->pin, kind, name);
	if (fd < 0 || bpf_obj_pin(fd, path))
		refuse(NULL, "pin", CURE_MOUNT, "pin %s: %s", path, strerror(fd < 0 ? -fd : errno));
}

int pinned_fd(const struct bridge *bridge, const char *kind, const char *name)
{
	char path[MAX_PATH + 64];

	snprintf(path, sizeof(path), "%s/%s_%s", bridge->plan->pin, kind, name);
	return bpf_obj_get(path);
}

void hold_link(struct bridge *bridge, int link)
{
	char number[16];

	snprintf(number, sizeof(number), "%d", bridge->saved.n_links);
	bridge->links[bridge->saved.n_links++] = link;
	if (bridge->plan->pin[0])
		pin(bridge, link, "link", number);
}

static void unpin(void)
{
	char text[256];

	if (folder[0])
		take_down(folder, text, sizeof(text));
}

void keep_pins(void)
{
	folder[0] = 0;
}

static bool on_bpffs(const char *path)
{
	struct statfs fs;

	return !statfs(path, &fs) && fs.f_type == BPF_FS_MAGIC;
}

/* The folder above may be missing too: /sys/fs/bpf/hoplab/NAME is for more than one bridge. */
static void make_folder(const char *path)
{
	char above[MAX_PATH], top[MAX_PATH];

	dirname(strcpy(above, path));
	dirname(strcpy(top, above));
	if (!on_bpffs(above) && !on_bpffs(top))
		refuse(NULL, "pin", CURE_MOUNT, "%s is not in a mounted bpffs", path);
	mkdir(above, 0700);
	if (!mkdir(path, 0700))
		return;
	if (errno == EEXIST)
		refuse(NULL, "pin", "name another folder, or end that bridge: hoplab-bridge down FOLDER",
		       "%s exists: a bridge is pinned there", path);
	refuse(NULL, "pin", CURE_MOUNT, "make the folder %s: %s", path, strerror(errno));
}

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

void pin_bridge(struct bridge *bridge)
{
	struct bpf_program *program;
	int fd;

	if (!bridge->plan->pin[0])
		return;
	make_folder(bridge->plan->pin);
	strcpy(folder, bridge->plan->pin);
	atexit(unpin);
	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++)
		pin(bridge, map_fd(bridge, maps[i]), "map", maps[i]);
	bpf_object__for_each_program(program, bridge->object)
		if (bpf_program__fd(program) >= 0)
			pin(bridge, bpf_program__fd(program), "prog", bpf_program__name(program));
	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "saved", sizeof(uint32_t), sizeof(struct saved), 1, NULL);
	pin(bridge, fd, "map", "saved");
	close(fd);
	save(bridge);
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
