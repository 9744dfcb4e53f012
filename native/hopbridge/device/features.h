/* SPDX-License-Identifier: GPL-2.0-only */
/* What netlink alone tells of a device. */
#ifndef HOPBRIDGE_FEATURES_H
#define HOPBRIDGE_FEATURES_H

#include <stdint.h>

/* Of the XDP features: whether it takes redirected frames; -1 if this kernel does not say. */
int takes_redirects(uint32_t ifindex);

struct link_facts {
	uint32_t master; /* ifindex; 0 = none */
	uint32_t rx_queues, tx_queues;
};

/* 0 or negative errno. */
int read_link(uint32_t ifindex, struct link_facts *facts);

#endif
