/* SPDX-License-Identifier: GPL-2.0-only */
/* A bridge: its ports as they are attached, its programs and maps. */
#ifndef HOPBRIDGE_BRIDGE_H
#define HOPBRIDGE_BRIDGE_H

#include "device/device.h"
#include "plan/setup.h"

struct bridge_port {
	struct device device;
	enum mode mode; /* never auto */
	bool takes_redirects;
};

#define MAX_LINKS (3 * MAX_PORTS + 2)

/* What a pinned bridge's loader leaves for the next one. */
struct saved {
	uint32_t size; /* of this: another version's is not read */
	uint32_t netns_inode;
	struct plan plan;
	struct bridge_port ports[MAX_PORTS];
	bool made_promiscuous[MAX_PORTS]; /* by us: down takes it back */
	uint64_t deleted;                 /* FDB entries that commands took out */
	uint64_t told_lost;               /* of the frames that were not recorded */
	int n_ports, n_links;
};

struct bridge {
	const struct plan *plan;
	struct bridge_port *ports;
	int n_ports;
	struct bpf_object *object; /* NULL: reopened, all is in the pins */
	struct saved saved;
	int links[MAX_LINKS];
};

/* Its index; -1 = none is named so. */
int port_named(const struct bridge *bridge, const char *name);
/* Whether any port tells VLANs apart. */
bool names_vlans(const struct bridge *bridge);
/* Whether frames are redirected in drivers at all. */
bool goes_natively(const struct bridge *bridge);
/* Of what the port's options say, or what else there is: auto falls back to tc with a note, another mode is refused. */
void no_xdp(const struct plan_port *port, struct bridge_port *live, const char *reason, const char *cure, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

#endif
