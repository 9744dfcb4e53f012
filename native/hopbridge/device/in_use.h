/* SPDX-License-Identifier: GPL-2.0-only */
/* What else of this machine stands on a device. */
#ifndef HOPBRIDGE_IN_USE_H
#define HOPBRIDGE_IN_USE_H

#include "../plan/setup.h"
#include "device.h"

/* Refuses a device that something of this machine stands on: address, route, master, device on top, tc program. */
void check_in_use(const struct plan_port *port, const struct device *device);

#endif
