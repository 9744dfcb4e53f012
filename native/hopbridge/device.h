/* SPDX-License-Identifier: GPL-2.0-only */
/* Devices as the kernel describes them, and whether a bridge may take them. */
#ifndef HOPBRIDGE_DEVICE_H
#define HOPBRIDGE_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "setup.h"

/* What the kernel says of a device in the current network namespace. */
struct device {
	uint32_t ifindex, mtu, peer_ifindex; /* peer: a veth's; 0 = none */
	char driver[32];
	bool up, ethernet, promiscuous, lro, gro_hw, rx_vlan, tx_vlan, tx_csum;
	uint32_t master; /* ifindex; 0 = none */
	uint32_t rx_queues, tx_queues;
};

int read_device(const char *name, struct device *device);
/* Of the XDP features: whether it takes redirected frames; -1 if this kernel does not say. */
int takes_redirects(uint32_t ifindex);
/* Refuses a device that something of this machine stands on: address, route, master, device on top, tc program. */
void check_in_use(const struct plan_port *port, const struct device *device);
/* Says where else a device of that name is: "in the network namespace NAME". */
void find_elsewhere(const char *name, char *text, size_t size);
/* Refuses a device that carries an XDP program, and says whose. */
void check_program(const struct plan_port *port, const struct device *device);
/* Its master and queues, by netlink. */
int read_link(struct device *device);

int set_promiscuous(const char *name, bool on);
/* Runs a function in another network namespace and comes back: its result, or -errno. */
int in_netns(const char *path, int (*act)(void *), void *argument);
uint32_t netns_inode(void);

#endif
