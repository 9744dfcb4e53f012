/* SPDX-License-Identifier: GPL-2.0-only */
/* The BPF object. */
#ifndef HOPBRIDGE_LOAD_H
#define HOPBRIDGE_LOAD_H

#include "bridge.h"

/* Refuses a kernel that is too old. */
void check_kernel(void);
/* Loads the object with the plan in its settings. */
void load_bridge(struct bridge *bridge);

#endif
