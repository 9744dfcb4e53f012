/* SPDX-License-Identifier: GPL-2.0-only */
/* Links: what holds a program on a device. */
#ifndef HOPBRIDGE_LINK_H
#define HOPBRIDGE_LINK_H

#include <stdbool.h>
#include <stdint.h>

/* A descriptor, or negative errno. */
int link_xdp(int program, uint32_t ifindex, bool generic);
int link_tc(int program, uint32_t ifindex);

#endif
