// SPDX-License-Identifier: GPL-2.0-only
/* Checks the ports before anything is attached. */
#include "check.h"
#include "../device/in_use.h"
#include "../device/netns.h"
#include "../device/whose.h"
#include "../say.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* A tag that the device takes out of the frame is not seen by XDP: the frame would change its VLAN. */
static void check_tags(const struct bridge *bridge, const struct plan_port *port, struct bridge_port *live)
{
	const struct device *device = &live->device;

	/* Of a veth its far end decides, and tun takes no tags out. */
	if (live->mode == MODE_TC || !port->tagged || !strcmp(device->driver, "veth") || !strcmp(device->driver, "tun") ||
	    !device->rx_vlan)
		return;
	if (names_vlans(bridge))
		no_xdp(port, live, "vlan-offload", "ethtool -K DEV rxvlan off",
		       "the device takes VLAN tags out of frames (rx-vlan-offload), and XDP does not see them");
	else
		note(port->name, "rx-vlan-offload is on, and XDP does not see the tags; cure: ethtool -K %s rxvlan off", port->name);
}

/* XDP cannot run on what a device has merged; the kernel turns merging off for generic XDP, and not on again after it. */
static void check_merging(const struct plan_port *port, struct bridge_port *live)
{
	if (live->mode == MODE_TC)
		return;
	if (live->device.lro)
		no_xdp(port, live, "lro", "ethtool -K DEV lro off", "large receive offload is on, and XDP cannot run with it");
	else if (live->device.gro_hw)
		no_xdp(port, live, "gro-hw", "ethtool -K DEV rx-gro-hw off",
		       "the device merges frames (rx-gro-hw), and XDP cannot run with it");
}

static void no_device(const char *name)
{
	char netns[256], cure[800];

	find_elsewhere(name, netns, sizeof(netns));
	if (!netns[0])
		refuse(name, "no-device", "ip link lists the devices of this network namespace",
		       "no such device in this network namespace, nor in one that ip netns list names");
	snprintf(cure, sizeof(cure), "run it there (ip netns exec %s ...), or: ip -n %s link set dev %s netns THIS", netns, netns, name);
	refuse(name, "elsewhere", cure, "no such device in this network namespace: one is in the namespace %s", netns);
}

static void check_port(struct bridge *bridge, int i)
{
	const struct plan_port *port = &bridge->plan->ports[i];
	struct bridge_port *live = &bridge->ports[i];
	int err = read_device(port->name, &live->device);

	if (err == -ENODEV)
		no_device(port->name);
	if (err)
		refuse(port->name, "device", "ip link show dev DEV", "cannot be asked about: %s", strerror(-err));
	if (!live->device.ethernet)
		refuse(port->name, "not-ethernet", "ip -br link lists the devices", "is no Ethernet device: it has no MAC addresses");
	check_program(port, &live->device);
	check_in_use(port, &live->device);
	live->mode = port->mode == MODE_AUTO ? MODE_NATIVE : port->mode;
	check_merging(port, live);
	check_tags(bridge, port, live);
	if (!live->device.up)
		note(port->name, "is down; cure: ip link set dev %s up", port->name);
}

/* What can only be seen with all ports known. */
void check_ports(struct bridge *bridge)
{
	uint32_t least = UINT32_MAX, most = 0;

	bridge->ports = bridge->saved.ports;
	bridge->n_ports = bridge->saved.n_ports = bridge->plan->n_ports;
	bridge->saved.plan = *bridge->plan;
	bridge->saved.size = sizeof(bridge->saved);
	bridge->saved.netns_inode = netns_inode();
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
