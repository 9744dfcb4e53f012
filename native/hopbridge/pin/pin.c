// SPDX-License-Identifier: GPL-2.0-only
/* A bridge that needs no process: everything is pinned in a folder of a bpffs, and found there again. */
#include "pin.h"
#include "../maps.h"
#include "../say.h"
#include "down.h"
#include "saved.h"

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

static void pin(const struct bridge *bridge, int fd, const char *kind, const char *name)
{
	char path[MAX_PATH + 64];

	snprintf(path, sizeof(path), "%s/%s_%s", bridge->plan->pin, kind, name);
	if (fd < 0 || bpf_obj_pin(fd, path))
		refuse(NULL, "pin", CURE_MOUNT, "pin %s: %s", path, strerror(fd < 0 ? -fd : errno));
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
