// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attaches the loaded programs. Every link, and every promiscuous mode, is held by a descriptor of this process:
 * when it ends, however it ends, the kernel takes all of it back. Unless the bridge is pinned.
 */
#include "attach.h"
#include "../device/features.h"
#include "../device/promiscuous.h"
#include "../maps.h"
#include "../pin/pin.h"
#include "../pin/saved.h"
#include "../plan/port_options.h"
#include "../say.h"
#include "far_end.h"
#include "link.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *cure_of(int error)
{
	switch (-error) {
	case ERANGE:
	case EINVAL: return "ip link set dev DEV mtu 1500";
	/* virtio_net wants a send queue for every CPU besides those in use. */
	case ENOMEM: return "give the device two queues a CPU, or take some into use: ethtool -L DEV combined N; else mode=tc";
	default: return "mode=tc";
	}
}

static void attach_xdp(struct bridge *bridge, int i)
{
	const struct plan_port *port = &bridge->plan->ports[i];
	struct bridge_port *live = &bridge->ports[i];
	int link;

	if (live->mode == MODE_TC)
		return;
	link = link_xdp(program_fd(bridge, "hopbridge_xdp"), live->device.ifindex, live->mode == MODE_GENERIC);
	if (link < 0)
		no_xdp(port, live, mode_name(live->mode), cure_of(link),
		       "the driver %s refused a %s program (%s; MTU %u, %u receive and %u send queues)",
		       live->device.driver, mode_name(live->mode), strerror(-link), live->device.mtu, live->device.rx_queues,
		       live->device.tx_queues);
	else
		hold_link(bridge, link);
}

/* Whether a port is a target for frames that a port of that mode floods without the help of tc. */
static bool takes_floods(const struct bridge *bridge, enum mode from, int target)
{
	const struct bridge_port *live = &bridge->ports[target];

	/* A generic flood's copies share their bytes: none may be given a tag of its own. */
	if (from == MODE_GENERIC)
		return live->device.tx_csum && !bridge->plan->ports[target].named_vlans;
	return live->takes_redirects;
}

/* After all programs are attached, since they change what a veth takes. */
static void see_targets(struct bridge *bridge)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	for (int i = 0; i < bridge->n_ports; i++) {
		const struct plan_port *port = &bridge->plan->ports[i];
		struct bridge_port *live = &bridge->ports[i];
		bool virtual = !strcmp(live->device.driver, "veth") || !strcmp(live->device.driver, "tun");

		live->takes_redirects = takes_redirects(live->device.ifindex) == 1;
		if (!live->takes_redirects && port->mode == MODE_NATIVE)
			refuse(port->name, "no-redirect", "for a veth: peer-netns=PATH, or ethtool -K PEER gro on in the far end's "
			       "namespace; else mode=auto", "does not take redirected frames (no ndo_xdp_xmit)");
		if (!live->takes_redirects && goes_natively(bridge))
			note(port->name, "frames to it go by sk_buff: it does not take redirected ones (no ndo_xdp_xmit)%s",
			     live->device.peer_ifindex ? "; cure: peer-netns=PATH, or ethtool -K PEER gro on at its far end" : "");
		if (live->mode == MODE_NATIVE && !virtual && live->device.tx_queues < cpus)
			note(port->name, "%u send queues for %ld CPUs: they share them under a lock; cure: ethtool -L %s combined %ld",
			     live->device.tx_queues, cpus, port->name, cpus);
	}
}

static void set(const struct bridge *bridge, const char *map, const void *key, const void *value)
{
	int err = bpf_map_update_elem(map_fd(bridge, map), key, value, BPF_ANY);

	if (err)
		refuse(NULL, "map", "report it", "write into the map %s: %s", map, strerror(-err));
}

static void fill_port(const struct bridge *bridge, uint32_t i)
{
	const struct plan_port *plan = &bridge->plan->ports[i];
	const struct bridge_port *live = &bridge->ports[i];
	struct bpf_devmap_val plain = { .ifindex = live->device.ifindex, .bpf_prog.fd = -1 };
	struct bpf_devmap_val flood = { .ifindex = live->device.ifindex, .bpf_prog.fd = program_fd(bridge, "flood_out") };
	struct port port = { .ifindex = live->device.ifindex, .mtu = live->device.mtu, .pvid = plan->pvid };
	uint8_t yes = 1;

	/* A limit under one frame a window is one frame a window. */
	port.storm_per_window = plan->storm ? (plan->storm + 9) / 10 : 0;
	port.flood_mtu = port.mtu;
	port.flags = (strcmp(live->device.driver, "tun") ? 0 : PORT_SKB_MIX) | (live->takes_redirects ? PORT_XDP_XMIT : 0) |
		     (live->device.tx_csum ? PORT_TX_CSUM : 0) | (live->mode == MODE_GENERIC ? PORT_GENERIC : 0) |
		     (plan->n_macs ? PORT_ALLOW_LIST : 0) | (plan->complete ? PORT_COMPLETE : 0) |
		     (plan->untagged ? PORT_UNTAGGED : 0) | (plan->tagged ? PORT_TAGGED : 0);
	for (int other = 0; other < bridge->n_ports; other++) {
		if (bridge->ports[other].device.mtu < port.flood_mtu)
			port.flood_mtu = bridge->ports[other].device.mtu;
		if (!takes_floods(bridge, live->mode, other))
			port.flags |= PORT_FLOOD_SKB;
	}
	memcpy(port.vlans, plan->vlans, sizeof(port.vlans));
	for (int m = 0; m < plan->n_macs; m++) {
		struct allow_key key = { .port = i };

		memcpy(key.mac, plan->macs[m], MAC_BYTES);
		set(bridge, "allowed", &key, &yes);
	}
	set(bridge, "ports", &i, &port);
	set(bridge, "one", &i, &plain);
	set(bridge, "all", &i, &flood);
}

/* Frames for other stations reach a physical port only in promiscuous mode; the socket that asked keeps it. */
static void hold_promiscuous(struct bridge *bridge, int i)
{
	const struct plan_port *port = &bridge->plan->ports[i];
	const struct device *device = &bridge->ports[i].device;
	struct packet_mreq request = { .mr_ifindex = device->ifindex, .mr_type = PACKET_MR_PROMISC };
	int fd;

	if (!strcmp(device->driver, "veth") || !strcmp(device->driver, "tun"))
		return;
	if (bridge->plan->pin[0]) {
		/* What someone else has set stays. Written down first, so that it can be taken back whatever happens. */
		if (device->promiscuous)
			return;
		bridge->saved.made_promiscuous[i] = true;
		save(bridge);
		if (set_promiscuous(port->name, true) >= 0)
			return;
	} else {
		fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
		if (fd >= 0 && !setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &request, sizeof(request)))
			return;
	}
	refuse(port->name, "promiscuous", "run as root", "cannot be made promiscuous: %s", strerror(errno));
}

/* What the kernel says of redirects that failed; the bridge works without, and says so. */
static void watch_losses(struct bridge *bridge)
{
	static const char *const names[] = { "on_devmap_xmit", "on_redirect_err" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int program = program_fd(bridge, names[i]), link;

		if (program < 0)
			continue; /* not loaded, and noted */
		link = bpf_raw_tracepoint_open(NULL, program);
		if (link < 0)
			note("", "the tracepoint program %s was refused (%s): failed redirects are not all counted", names[i],
			     strerror(-link));
		else
			hold_link(bridge, link);
	}
}

void attach_bridge(struct bridge *bridge)
{
	pin_bridge(bridge);
	watch_losses(bridge);
	for (int i = 0; i < bridge->n_ports; i++)
		prepare_veth(bridge, i);
	for (int i = 0; i < bridge->n_ports; i++)
		attach_xdp(bridge, i);
	see_targets(bridge);
	for (int i = 0; i < bridge->n_ports; i++)
		fill_port(bridge, i);
	for (int i = 0; i < bridge->n_ports; i++) {
		int link = link_tc(program_fd(bridge, "hopbridge_tc"), bridge->ports[i].device.ifindex);

		if (link < 0)
			refuse(bridge->plan->ports[i].name, "tc", "needs Linux 6.6 or later", "the kernel refused the tc program: %s",
			       strerror(-link));
		hold_link(bridge, link);
		hold_promiscuous(bridge, i);
	}
	/* Last: until a port is in this map, its frames pass by untouched. */
	for (uint32_t i = 0; i < (uint32_t)bridge->n_ports; i++)
		set(bridge, "port_of", &bridge->ports[i].device.ifindex, &i);
	save(bridge);
}
