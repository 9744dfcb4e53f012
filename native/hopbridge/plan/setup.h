/* SPDX-License-Identifier: GPL-2.0-only */
/* What a plan says: ports with their options, and how the bridge is served. */
#ifndef HOPBRIDGE_SETUP_H
#define HOPBRIDGE_SETUP_H

#include <linux/types.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include "../hopbridge.h"

#define MAX_PORT_MACS 64
#define MAX_PATH 256

/* auto = native where driver and neighbours allow it, else tc. */
enum mode { MODE_AUTO, MODE_NATIVE, MODE_GENERIC, MODE_TC };

struct plan_port {
	char name[IFNAMSIZ];
	char peer_netns[MAX_PATH]; /* where a veth's far end is, if not here */
	enum mode mode;
	bool force, complete, tagged, untagged, named_vlans;
	uint16_t pvid;
	uint64_t vlans[VLAN_WORDS];
	uint32_t storm; /* frames a second */
	uint8_t macs[MAX_PORT_MACS][MAC_BYTES];
	int n_macs;
};

struct plan {
	uint32_t fdb_size;
	uint64_t ageing_ms;
	bool forward_link_local, watch, detached;
	char socket[108]; /* sun_path's size; empty = none */
	char pin[MAX_PATH]; /* a folder on a bpffs; empty = held by this process */
	struct plan_port ports[MAX_PORTS];
	int n_ports;
};

#endif
