/* SPDX-License-Identifier: GPL-2.0-only */
/* What netlink alone tells of a device. */
#ifndef HOPBRIDGE_FEATURES_H
#define HOPBRIDGE_FEATURES_H

#include "device.h"

/* Of the XDP features: whether it takes redirected frames; -1 if this kernel does not say. */
int takes_redirects(uint32_t ifindex);
/* Its master and queues. */
int read_link(struct device *device);

#endif
