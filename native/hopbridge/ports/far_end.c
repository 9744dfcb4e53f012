// SPDX-License-Identifier: GPL-2.0-only
/* The far end of a veth: what XDP needs of it, and a program for it. */
#include "far_end.h"
#include "../device/features.h"
#include "../device/netns.h"
#include "../maps.h"
#include "../pin/pin.h"
#include "../say.h"
#include "link.h"

#include <errno.h>
#include <string.h>

struct far_end {
	struct bridge *bridge;
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
	int link;

	if (!if_indextoname(far->ifindex, far->name) || read_device(far->name, &device))
		return -ENODEV;
	/* ifindexes repeat between namespaces: both ends must name each other. */
	if (strcmp(device.driver, "veth") || device.peer_ifindex != far->near_ifindex)
		return -ENODEV;
	far->found = true;
	far->tx_vlan = device.tx_vlan;
	if (far->program >= 0) {
		link = link_xdp(far->program, far->ifindex, false);
		if (link >= 0)
			hold_link(far->bridge, link);
		far->error = link < 0 ? link : 0;
	}
	return 0;
}

/* A veth takes redirected frames only while its far end has a program or GRO: gives it one where it can be reached. */
void prepare_veth(struct bridge *bridge, int i)
{
	const struct plan_port *port = &bridge->plan->ports[i];
	struct bridge_port *live = &bridge->ports[i];
	struct far_end far = {
		.bridge = bridge,
		.ifindex = live->device.peer_ifindex,
		.near_ifindex = live->device.ifindex,
		/* Without need it would only cost: a veth with a program makes a frame of every sk_buff that it receives. */
		.program = goes_natively(bridge) && takes_redirects(live->device.ifindex) != 1 ? program_fd(bridge, "pass_all") : -1,
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
	if (live->mode == MODE_TC || (far.found && !far.tx_vlan))
		return;
	/* A veth carries an offloaded tag beside the frame, where XDP does not see it. */
	if (names_vlans(bridge) && port->tagged)
		no_xdp(port, live, "vlan-offload", "ethtool -K PEER txvlan off in the far end's namespace, and the option "
		       "peer-netns=PATH", "its far end %s, and XDP does not see those", far.found ?
		       "sends VLAN tags beside the frame (tx-vlan-offload)" :
		       "cannot be asked whether it sends VLAN tags beside the frame");
	else if (port->tagged)
		note(port->name, "tagged frames from its far end %s while that has tx-vlan-offload on; cure there: "
		     "ethtool -K PEER txvlan off", live->mode == MODE_GENERIC ? "count as untagged" : "lose the tag");
}
