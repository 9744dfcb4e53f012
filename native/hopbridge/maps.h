/* SPDX-License-Identifier: GPL-2.0-only */
/* The maps and programs of a bridge, whether this process has loaded them or they are pinned. */
#ifndef HOPBRIDGE_MAPS_H
#define HOPBRIDGE_MAPS_H

#include "bridge.h"

/* Ends the program where there is no such map. */
int map_fd(const struct bridge *bridge, const char *name);
/* Negative where it is not loaded. */
int program_fd(const struct bridge *bridge, const char *name);
/* What is pinned under a kind ("map", "prog", "link") and a name. */
int pinned_fd(const struct bridge *bridge, const char *kind, const char *name);
/* After a change of the FDB from here: what the data path remembers of it no longer counts. */
void change_generation(const struct bridge *bridge);

#endif
