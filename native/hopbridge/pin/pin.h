/* SPDX-License-Identifier: GPL-2.0-only */
/* A bridge that is held by links of this process, or pinned. */
#ifndef HOPBRIDGE_PIN_H
#define HOPBRIDGE_PIN_H

#include "../bridge.h"

/* Every link is held by its descriptor, or pinned. */
void hold_link(struct bridge *bridge, int link);
/* Makes the folder, and pins maps and programs; before the first link. Taken back unless keep_pins is called. */
void pin_bridge(struct bridge *bridge);
void keep_pins(void);

#endif
