/* SPDX-License-Identifier: GPL-2.0-only */
/* Whose something is. */
#ifndef HOPBRIDGE_WHOSE_H
#define HOPBRIDGE_WHOSE_H

#include "../plan/setup.h"
#include "device.h"

#include <stddef.h>

/* Refuses a device that carries an XDP program, and says whose. */
void check_program(const struct plan_port *port, const struct device *device);
/* Says where else a device of that name is: "in the network namespace NAME". */
void find_elsewhere(const char *name, char *text, size_t size);

#endif
