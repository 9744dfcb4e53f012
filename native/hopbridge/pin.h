/* SPDX-License-Identifier: GPL-2.0-only */
/* A bridge that is held by links of this process, or pinned. */
#ifndef HOPBRIDGE_PIN_H
#define HOPBRIDGE_PIN_H

#include "bridge.h"

/* Every link is held by its descriptor, or pinned. */
void hold_link(struct bridge *bridge, int link);
/* Makes the folder, and pins maps and programs; before the first link. Taken back unless keep_pins is called. */
void pin_bridge(struct bridge *bridge);
void keep_pins(void);
/* Writes down what is saved; nothing for a bridge that is not pinned. */
void save(struct bridge *bridge);
int read_saved(const char *path, struct saved *saved);
void reopen_bridge(struct bridge *bridge, const char *folder);
int pinned_fd(const struct bridge *bridge, const char *kind, const char *name);
/* Detaches and removes everything, whatever part of it there is: 0 or -errno, when text says why. */
int take_down(const char *folder, char *text, size_t size);

#endif
