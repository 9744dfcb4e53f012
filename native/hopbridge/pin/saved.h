/* SPDX-License-Identifier: GPL-2.0-only */
/* What a pinned bridge's loader leaves for the next one. */
#ifndef HOPBRIDGE_SAVED_H
#define HOPBRIDGE_SAVED_H

#include "../bridge.h"

/* Writes down what is saved; nothing for a bridge that is not pinned. */
void save(struct bridge *bridge);
int read_saved(const char *path, struct saved *saved);
/* Takes over the bridge that is pinned in a folder. */
void reopen_bridge(struct bridge *bridge, const char *folder);

#endif
