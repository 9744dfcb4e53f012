// SPDX-License-Identifier: GPL-2.0-only
/* Takes a pinned bridge down: promiscuous modes back, links detached, pins and folder removed. */
#include "down.h"
#include "../device/netns.h"
#include "../device/promiscuous.h"
#include "saved.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAX_NAME 300

/* Calls for each entry of a folder that begins so; the number of entries. */
static int each(const char *path, const char *prefix, void (*act)(const char *path))
{
	char name[MAX_PATH + MAX_NAME];
	struct dirent *entry;
	DIR *all = opendir(path);
	int n = 0;

	if (!all)
		return -errno;
	while ((entry = readdir(all))) {
		if (entry->d_name[0] == '.' || strncmp(entry->d_name, prefix, strlen(prefix)))
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		act(name);
		n++;
	}
	closedir(all);
	return n;
}

/* At once: the last reference to a link is dropped by the kernel some time later. A tracepoint's knows no such thing. */
static void detach(const char *path)
{
	int link = bpf_obj_get(path);

	if (link < 0)
		return;
	bpf_link_detach(link);
	close(link);
}

static int attached;

static void see_attached(const char *path)
{
	struct bpf_link_info info = { 0 };
	__u32 size = sizeof(info);
	int link = bpf_obj_get(path);

	if (link < 0)
		return;
	/* The ifindex lies at the same place for XDP and tcx. A device that is gone has left 0 there. */
	if (!bpf_obj_get_info_by_fd(link, &info, &size) && info.type == BPF_LINK_TYPE_XDP && info.xdp.ifindex)
		attached++;
	close(link);
}

static void remove_pin(const char *path)
{
	unlink(path);
}

static int take_promiscuous_back(const struct saved *saved, const char *path, char *text, size_t size)
{
	bool here = netns_inode() == saved->netns_inode;

	attached = 0;
	each(path, "link_", see_attached);
	for (int i = 0; i < saved->n_ports && i < MAX_PORTS; i++) {
		if (!saved->made_promiscuous[i])
			continue;
		if (here)
			set_promiscuous(saved->plan.ports[i].name, false);
		else if (attached) {
			snprintf(text, size, "its ports are in another network namespace, and %s is to leave promiscuous mode there",
				 saved->plan.ports[i].name);
			return -EXDEV;
		}
	}
	return 0;
}

int take_down(const char *path, char *text, size_t size)
{
	static struct saved saved;
	char above[MAX_PATH];
	int err;

	if (strlen(path) >= MAX_PATH || access(path, F_OK)) {
		snprintf(text, size, "there is no folder %s", path);
		return -ENOENT;
	}
	/* A loader that was killed early has saved nothing, and changed nothing but links. */
	if (!read_saved(path, &saved)) {
		err = take_promiscuous_back(&saved, path, text, size);
		if (err)
			return err;
	}
	each(path, "link_", detach);
	each(path, "link_", remove_pin);
	each(path, "prog_", remove_pin);
	each(path, "map_", remove_pin);
	if (rmdir(path)) {
		snprintf(text, size, "remove %s: %s", path, strerror(errno));
		return -errno;
	}
	/* Others may be pinned beside it: then this fails, as it should. */
	dirname(strcpy(above, path));
	if (!strcmp(basename(strdupa(above)), "hoplab"))
		rmdir(above);
	return 0;
}
