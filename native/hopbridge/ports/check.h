/* SPDX-License-Identifier: GPL-2.0-only */
/* The ports of a bridge before anything is attached. */
#ifndef HOPBRIDGE_CHECK_H
#define HOPBRIDGE_CHECK_H

#include "../bridge.h"

/* Refuses what cannot be a port, and notes what the user should know. */
void check_ports(struct bridge *bridge);

#endif
