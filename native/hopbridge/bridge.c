// SPDX-License-Identifier: GPL-2.0-only
/* Checks the ports before anything is attached, and loads the object with the plan in its maps. */
#include "loader.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SEEN_RING_BYTES (8 << 20) /* about 4000 frames */

extern const char bpf_object_start[], bpf_object_end[];

static bool needs_native(const struct plan_port *port)
{
	return port->mode == MODE_NATIVE;
}

/* A tag that the device takes out of the frame is lost on the native path: the frame would change its VLAN. */
static void check_tags(const struct plan_port *port, struct bridge_port *live)
{
	const struct device *device = &live->device;
	bool veth = !strcmp(device->driver, "veth");

	if (!live->native || !port->tagged || veth || !device->rx_vlan || !strcmp(device->driver, "tun"))
		return;
	if (needs_native(port) && port->named_vlans)
		refuse(port->name, "vlan-offload", "ethtool -K DEV rxvlan off",
		       "the device takes VLAN tags out of frames, and native XDP does not see them");
	if (port->named_vlans)
		live->native = false;
	note(port->name, "%s: rx-vlan-offload is on, and native XDP does not see the tags; cure: ethtool -K %s rxvlan off",
	     port->named_vlans ? "goes by tc" : "tagged frames lose their tag", port->name);
}

static void check_lro(const struct plan_port *port, struct bridge_port *live)
{
	if (!live->native || !live->device.lro)
		return;
	if (needs_native(port))
		refuse(port->name, "lro", "ethtool -K DEV lro off", "large receive offload is on: native XDP cannot run with it");
	live->native = false;
	note(port->name, "goes by tc: large receive offload is on; cure: ethtool -K %s lro off", port->name);
}

/* Another program on the port is somebody's: it is named, never replaced. */
static void check_program(const struct plan_port *port, const struct bridge_port *live)
{
	struct bpf_prog_info info = { 0 };
	__u32 id = 0, size = sizeof(info);
	int fd;

	if (bpf_xdp_query_id(live->device.ifindex, 0, &id) || !id)
		return;
	fd = bpf_prog_get_fd_by_id(id);
	if (fd >= 0)
		bpf_obj_get_info_by_fd(fd, &info, &size);
	refuse(port->name, "xdp-program", "end the program's owner, or: ip link set dev DEV xdp off",
	       "carries an XDP program already: id %u, \"%s\"", id, info.name);
}

static void check_port(struct bridge *bridge, int i)
{
	const struct plan_port *port = &bridge->plan->ports[i];
	struct bridge_port *live = &bridge->ports[i];
	int err = read_device(port->name, &live->device);

	if (err == -ENODEV)
		refuse(port->name, "no-device", "ip link lists the devices of this network namespace",
		       "no such device in this network namespace");
	if (err)
		refuse(port->name, "device", "ip link show dev DEV", "cannot be asked about: %s", strerror(-err));
	if (!port->force && live->device.has_master)
		refuse(port->name, "in-use", "ip link set dev DEV nomaster, or the option force", "belongs to another bridge or bond");
	if (!port->force && has_address(port->name))
		refuse(port->name, "in-use", "ip addr flush dev DEV, or the option force",
		       "carries an address: its connections would end");
	check_program(port, live);
	live->native = port->mode != MODE_TC;
	check_lro(port, live);
	check_tags(port, live);
	if (!live->device.up)
		note(port->name, "is down; cure: ip link set dev %s up", port->name);
}

/* What can only be seen with all ports known. */
void check_ports(struct bridge *bridge)
{
	uint32_t least = UINT32_MAX, most = 0;

	bridge->n_ports = bridge->plan->n_ports;
	for (int i = 0; i < bridge->n_ports; i++)
		check_port(bridge, i);
	for (int i = 0; i < bridge->n_ports; i++) {
		uint32_t mtu = bridge->ports[i].device.mtu;

		least = mtu < least ? mtu : least;
		most = mtu > most ? mtu : most;
	}
	for (int i = 0; i < bridge->n_ports; i++)
		if (bridge->ports[i].device.mtu == least && least != most)
			note(bridge->plan->ports[i].name, "MTU %u, and others have up to %u: larger frames to it are dropped and "
			     "counted; cure: ip link set dev %s mtu %u", least, most,
			     bridge->plan->ports[i].name, most);
}

int map_fd(const struct bridge *bridge, const char *name)
{
	int fd = bpf_object__find_map_fd_by_name(bridge->object, name);

	if (fd < 0)
		refuse(NULL, "bug", "report it", "the object has no map %s", name);
	return fd;
}

int program_fd(const struct bridge *bridge, const char *name)
{
	struct bpf_program *program = bpf_object__find_program_by_name(bridge->object, name);
	int fd = program ? bpf_program__fd(program) : -1;

	return fd;
}

int port_named(const struct bridge *bridge, const char *name)
{
	for (int i = 0; i < bridge->n_ports; i++)
		if (!strcmp(bridge->plan->ports[i].name, name))
			return i;
	return -1;
}

static char said[4096];

/* Keeps the end of what libbpf says: the verifier's last lines are the ones that tell. */
static int keep_last(enum libbpf_print_level level, const char *format, va_list args)
{
	static char text[1 << 20];
	size_t length, room = sizeof(said) - 1, used = strlen(said), drop;

	if (level == LIBBPF_DEBUG)
		return 0;
	vsnprintf(text, sizeof(text), format, args);
	length = strlen(text);
	if (length >= room) {
		strcpy(said, text + length - room);
		return 0;
	}
	drop = used + length > room ? used + length - room : 0;
	memmove(said, said + drop, used - drop + 1);
	strcat(said, text);
	return 0;
}

static bool loads(struct bridge *bridge, const struct settings *settings, bool tracepoints)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = "hopbridge");
	struct bpf_map *map;
	struct bpf_program *program;

	said[0] = 0;
	bridge->object = bpf_object__open_mem(bpf_object_start, bpf_object_end - bpf_object_start, &options);
	if (!bridge->object)
		return false;
	map = bpf_object__find_map_by_name(bridge->object, ".rodata.settings");
	if (!map || bpf_map__set_initial_value(map, settings, sizeof(*settings)))
		return false;
	map = bpf_object__find_map_by_name(bridge->object, "fdb");
	if (!map || bpf_map__set_max_entries(map, bridge->plan->fdb_size))
		return false;
	map = bpf_object__find_map_by_name(bridge->object, "seen");
	if (!map || (bridge->plan->watch && bpf_map__set_max_entries(map, SEEN_RING_BYTES)))
		return false;
	bpf_object__for_each_program(program, bridge->object)
		if (bpf_program__type(program) == BPF_PROG_TYPE_TRACING)
			bpf_program__set_autoload(program, tracepoints);
	if (!bpf_object__load(bridge->object))
		return true;
	bpf_object__close(bridge->object);
	bridge->object = NULL;
	return false;
}

void load_bridge(struct bridge *bridge)
{
	const struct plan *plan = bridge->plan;
	uint64_t ageing_ns = plan->ageing_ms * 1000000ULL;
	struct settings settings = {
		.ageing_ns = ageing_ns,
		.refresh_ns = ageing_ns ? ageing_ns / 16 : 1000000000ULL,
		.forward_link_local = plan->forward_link_local,
		.watch = plan->watch,
	};
	struct stat here;

	if (!stat("/proc/self/ns/net", &here))
		settings.netns_inode = here.st_ino;
	libbpf_set_print(keep_last);
	if (loads(bridge, &settings, true))
		return;
	if (!loads(bridge, &settings, false))
		refuse(NULL, "load", "needs Linux 6.6 or later with BTF (/sys/kernel/btf/vmlinux), and root",
		       "the kernel refused the programs: %s", said);
	note("", "this kernel refused the tracepoints: redirects that fail are not counted by reason");
}
