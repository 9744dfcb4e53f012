// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attaches the loaded programs. Every link, and every promiscuous mode, is held by a descriptor of this process:
 * when it ends, however it ends, the kernel takes all of it back.
 */
#include "loader.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TCX_INGRESS 46 /* BPF_TCX_INGRESS of Linux 6.6: older headers do not name it */

int link_xdp(int program, uint32_t ifindex)
{
	LIBBPF_OPTS(bpf_link_create_opts, options, .flags = XDP_FLAGS_DRV_MODE);

	return bpf_link_create(program, ifindex, BPF_XDP, &options);
}

int link_tc(int program, uint32_t ifindex)
{
	return bpf_link_create(program, ifindex, TCX_INGRESS, NULL);
}

struct far_end {
	uint32_t ifindex, near_ifindex;
	int program;
	bool found, tx_vlan;
	char name[IFNAMSIZ];
	int error;
};

/* Runs in the namespace of the far end; 0 if it is there, whatever became of the program. */
static int visit_far_end(void *argument)
{
	struct far_end *far = argument;
	struct device device;

	if (!if_indextoname(far->ifindex, far->name) || read_device(far->name, &device))
		return -ENODEV;
	/* ifindexes repeat between namespaces: both ends must name each other. */
	if (strcmp(device.driver, "veth") || device.peer_ifindex != far->near_ifindex)
		return -ENODEV;
	far->found = true;
	far->tx_vlan = device.tx_vlan;
	if (far->program >= 0) {
		int link = link_xdp(far->program, far->ifindex);

		far->error = link < 0 ? link : 0;
	}
	return 0;
}

/* A veth takes redirected frames only while its far end has a program or GRO: gives it one where it can be reached. */
static void prepare_veth(struct bridge *bridge, int i)
{
	const struct plan_port *port = &bridge->plan->ports[i];
	struct bridge_port *live = &bridge->ports[i];
	struct far_end far = {
		.ifindex = live->device.peer_ifindex,
		.near_ifindex = live->device.ifindex,
		.program = takes_redirects(live->device.ifindex) == 1 ? -1 : program_fd(bridge, "pass_all"),
	};
	int err;

	if (!far.ifindex)
		return;
	err = port->peer_netns[0] ? in_netns(port->peer_netns, visit_far_end, &far) : visit_far_end(&far);
	if (err && port->peer_netns[0])
		refuse(port->name, "peer-netns", "name the namespace of the far end: ip netns list",
		       "its far end is not in %s: %s", port->peer_netns, strerror(-err));
	if (far.error)
		note(port->name, "its far end %s refused a native program: %s", far.name, strerror(-far.error));
	if (!live->native || (far.found && !far.tx_vlan))
		return;
	/* A veth carries an offloaded tag beside the frame, where native XDP does not see it. */
	if (port->named_vlans) {
		const char *why = far.found ? "sends VLAN tags beside the frame (tx-vlan-offload)" : "cannot be asked whether "
				  "it sends VLAN tags beside the frame";

		if (port->mode == MODE_NATIVE)
			refuse(port->name, "vlan-offload", "ethtool -K PEER txvlan off in the far end's namespace, and the option "
			       "peer-netns=PATH", "its far end %s, and native XDP does not see those", why);
		live->native = false;
		note(port->name, "goes by tc: its far end %s", why);
	} else {
		note(port->name, "tagged frames from its far end lose the tag while that has tx-vlan-offload on; cure there: "
		     "ethtool -K PEER txvlan off");
	}
}

static void attach_native(struct bridge *bridge, int i)
{
	const struct plan_port *port = &bridge->plan->ports[i];
	struct bridge_port *live = &bridge->ports[i];
	int link;

	if (!live->native)
		return;
	link = link_xdp(program_fd(bridge, "hopbridge_xdp"), live->device.ifindex);
	if (link >= 0)
		return;
	if (port->mode == MODE_NATIVE)
		refuse(port->name, "native", link == -ERANGE ? "ip link set dev DEV mtu 1500" : "mode=auto takes tc instead",
		       "the driver %s refused a native program (%s; MTU %u, %u receive and %u send queues)",
		       live->device.driver, strerror(-link), live->device.mtu, live->device.rx_queues,
		       live->device.tx_queues);
	live->native = false;
	note(port->name, "goes by tc: the driver %s refused a native program: %s", live->device.driver, strerror(-link));
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
		if (!live->takes_redirects)
			note(port->name, "frames to it go by sk_buff: it does not take redirected ones (no ndo_xdp_xmit)%s",
			     live->device.peer_ifindex ? "; cure: peer-netns=PATH, or ethtool -K PEER gro on at its far end" : "");
		if (live->native && !virtual && live->device.tx_queues < cpus)
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

static void fill_port(const struct bridge *bridge, uint32_t i, bool flood_skb)
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
	for (int other = 0; other < bridge->n_ports; other++)
		if (bridge->ports[other].device.mtu < port.flood_mtu)
			port.flood_mtu = bridge->ports[other].device.mtu;
	port.flags = (strcmp(live->device.driver, "tun") ? 0 : PORT_SKB_MIX) | (live->takes_redirects ? PORT_XDP_XMIT : 0) |
		     (plan->n_macs ? PORT_ALLOW_LIST : 0) | (plan->complete ? PORT_COMPLETE : 0) |
		     (plan->untagged ? PORT_UNTAGGED : 0) | (plan->tagged ? PORT_TAGGED : 0) | (flood_skb ? PORT_FLOOD_SKB : 0);
	memcpy(port.vlans, plan->vlans, sizeof(port.vlans));
	for (int m = 0; m < plan->n_macs; m++) {
		struct allow_key key = { .port = i };

		memcpy(key.mac, plan->macs[m], MAC_BYTES);
		set(bridge, "allowed", &key, &yes);
	}
	set(bridge, "ports", &i, &port);
	if (live->takes_redirects) {
		set(bridge, "one", &i, &plain);
		set(bridge, "all", &i, &flood);
	}
}

/* Frames for other stations reach a physical port only in promiscuous mode; the socket that asked keeps it. */
static void hold_promiscuous(const struct plan_port *port, const struct device *device)
{
	struct packet_mreq request = { .mr_ifindex = device->ifindex, .mr_type = PACKET_MR_PROMISC };
	int fd;

	if (!strcmp(device->driver, "veth") || !strcmp(device->driver, "tun"))
		return;
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &request, sizeof(request)))
		refuse(port->name, "promiscuous", "run as root", "cannot be made promiscuous: %s", strerror(errno));
}

/* What the kernel says of redirects that failed; the bridge works without, and says so. */
static void watch_losses(const struct bridge *bridge)
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
	}
}

void attach_bridge(struct bridge *bridge)
{
	bool flood_skb = false;

	watch_losses(bridge);

	for (int i = 0; i < bridge->n_ports; i++)
		prepare_veth(bridge, i);
	for (int i = 0; i < bridge->n_ports; i++)
		attach_native(bridge, i);
	see_targets(bridge);
	for (int i = 0; i < bridge->n_ports; i++)
		flood_skb |= !bridge->ports[i].takes_redirects;
	for (int i = 0; i < bridge->n_ports; i++)
		fill_port(bridge, i, flood_skb);
	for (int i = 0; i < bridge->n_ports; i++) {
		int link = link_tc(program_fd(bridge, "hopbridge_tc"), bridge->ports[i].device.ifindex);

		if (link < 0)
			refuse(bridge->plan->ports[i].name, "tc", "needs Linux 6.6 or later", "the kernel refused the tc program: %s",
			       strerror(-link));
		hold_promiscuous(&bridge->plan->ports[i], &bridge->ports[i].device);
	}
	/* Last: until a port is in this map, its frames pass by untouched. */
	for (uint32_t i = 0; i < (uint32_t)bridge->n_ports; i++)
		set(bridge, "port_of", &bridge->ports[i].device.ifindex, &i);
}
