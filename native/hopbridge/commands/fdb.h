/* SPDX-License-Identifier: GPL-2.0-only */
/* The forwarding database. */
#ifndef HOPBRIDGE_FDB_H
#define HOPBRIDGE_FDB_H

#include "../bridge.h"

/* `fdb ...`: prints its reply. */
void serve_fdb(struct bridge *bridge, char **words, int n);
uint32_t count_fdb(const struct bridge *bridge);

#endif
