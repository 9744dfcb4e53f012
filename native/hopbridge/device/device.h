/* SPDX-License-Identifier: GPL-2.0-only */
/* Devices as the kernel describes them. */
#ifndef HOPBRIDGE_DEVICE_H
#define HOPBRIDGE_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

/* What the kernel says of a device in the current network namespace. */
struct device {
	uint32_t ifindex, mtu, peer_ifindex; /* peer: a veth's; 0 = none */
	char driver[32];
	bool up, ethernet, promiscuous, lro, gro_hw, rx_vlan, tx_vlan, tx_csum;
	uint32_t master; /* ifindex; 0 = none */
	uint32_t rx_queues, tx_queues;
};

int read_device(const char *name, struct device *device);

#endif
