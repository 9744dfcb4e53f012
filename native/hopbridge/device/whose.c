// SPDX-License-Identifier: GPL-2.0-only
/* Whose something is: the owner of an XDP program, the namespace of a device. */
#include "whose.h"
#include "../say.h"
#include "netns.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <linux/if_link.h>
#include <mntent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NETNS_FOLDER "/run/netns"

static __u32 wanted; /* program */
static char pinned_at[512];

static __u32 program_of(const char *pin)
{
	union { struct bpf_prog_info program; struct bpf_link_info link; } info = { 0 };
	__u32 size = sizeof(info.link), id = 0;
	int fd = bpf_obj_get(pin);
	char name[64], text[64];
	ssize_t got;

	if (fd < 0)
		return 0;
	/* The kernel says what a descriptor is by the name of its file alone. */
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	got = readlink(name, text, sizeof(text) - 1);
	text[got > 0 ? got : 0] = 0;
	if (strstr(text, "bpf_link") || strstr(text, "bpf-link")) {
		if (!bpf_obj_get_info_by_fd(fd, &info, &size))
			id = info.link.prog_id;
	} else if (strstr(text, "bpf-prog")) {
		size = sizeof(info.program);
		if (!bpf_obj_get_info_by_fd(fd, &info, &size))
			id = info.program.id;
	}
	close(fd);
	return id;
}

static int see_pin(const char *path, const struct stat *stat, int type, struct FTW *at)
{
	(void)stat;
	(void)at;
	if (type != FTW_F || program_of(path) != wanted)
		return 0;
	snprintf(pinned_at, sizeof(pinned_at), "%s", path);
	/* A link is what must go; a program that is pinned besides it harms nobody. */
	return strstr(path, "link") != NULL;
}

static void find_pin(void)
{
	FILE *mounts = setmntent("/proc/self/mounts", "r");
	struct mntent *mount;

	pinned_at[0] = 0;
	while (mounts && !pinned_at[0] && (mount = getmntent(mounts)))
		if (!strcmp(mount->mnt_type, "bpf"))
			nftw(mount->mnt_dir, see_pin, 16, FTW_PHYS | FTW_MOUNT);
	if (mounts)
		endmntent(mounts);
}

/* Whether a process holds the program, or a link of it. */
static bool holds(const char *pid)
{
	char name[600], line[128];
	struct dirent *entry;
	bool found = false;
	DIR *all;

	snprintf(name, sizeof(name), "/proc/%s/fdinfo", pid);
	all = opendir(name);
	while (all && !found && (entry = readdir(all))) {
		FILE *file;
		__u32 id;

		snprintf(name, sizeof(name), "/proc/%s/fdinfo/%s", pid, entry->d_name);
		file = entry->d_name[0] == '.' ? NULL : fopen(name, "re");
		while (file && fgets(line, sizeof(line), file))
			found |= sscanf(line, "prog_id: %u", &id) == 1 && id == wanted;
		if (file)
			fclose(file);
	}
	if (all)
		closedir(all);
	return found;
}

static int find_holder(char *comm, size_t size)
{
	DIR *all = opendir("/proc");
	struct dirent *entry;
	int pid = 0;
	char name[300];
	FILE *file;

	while (all && !pid && (entry = readdir(all)))
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' && holds(entry->d_name))
			pid = atoi(entry->d_name);
	if (all)
		closedir(all);
	comm[0] = 0;
	snprintf(name, sizeof(name), "/proc/%d/comm", pid);
	file = pid ? fopen(name, "re") : NULL;
	if (file && fgets(comm, size, file))
		comm[strcspn(comm, "\n")] = 0;
	if (file)
		fclose(file);
	return pid;
}

/* Another program on the port is somebody's: it is named, never replaced. */
void check_program(const struct plan_port *port, const struct device *device)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, attached);
	struct bpf_prog_info info = { 0 };
	__u32 size = sizeof(info);
	char comm[64];
	int fd, pid;

	if (bpf_xdp_query(device->ifindex, 0, &attached))
		return;
	wanted = attached.prog_id ?: attached.drv_prog_id ?: attached.skb_prog_id ?: attached.hw_prog_id;
	if (!wanted)
		return;
	fd = bpf_prog_get_fd_by_id(wanted);
	if (fd >= 0) {
		bpf_obj_get_info_by_fd(fd, &info, &size);
		close(fd);
	}
	find_pin();
	if (pinned_at[0])
		refuse(port->name, "xdp-program", "end what was pinned there, or: ip link set dev DEV xdp off",
		       "carries an XDP program already: id %u, \"%s\", pinned at %s", wanted, info.name, pinned_at);
	pid = find_holder(comm, sizeof(comm));
	if (pid)
		refuse(port->name, "xdp-program", "end that process, or: ip link set dev DEV xdp off",
		       "carries an XDP program already: id %u, \"%s\", held by process %d (%s)", wanted, info.name, pid, comm);
	refuse(port->name, "xdp-program", attached.attach_mode == XDP_ATTACHED_SKB ? "ip link set dev DEV xdpgeneric off" :
	       "ip link set dev DEV xdp off", "carries an XDP program already: id %u, \"%s\", held by no process", wanted, info.name);
}

static int has_device(void *name)
{
	return if_nametoindex(name) ? 1 : 0;
}

void find_elsewhere(const char *name, char *text, size_t size)
{
	DIR *all = opendir(NETNS_FOLDER);
	char path[300], copy[IFNAMSIZ];
	struct dirent *entry;

	text[0] = 0;
	snprintf(copy, sizeof(copy), "%s", name);
	while (all && !text[0] && (entry = readdir(all))) {
		snprintf(path, sizeof(path), NETNS_FOLDER "/%s", entry->d_name);
		if (entry->d_name[0] != '.' && in_netns(path, has_device, copy) == 1)
			snprintf(text, size, "%s", entry->d_name);
	}
	if (all)
		closedir(all);
}
