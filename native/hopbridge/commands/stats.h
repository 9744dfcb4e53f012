/* SPDX-License-Identifier: GPL-2.0-only */
/* The commands stats and programs. */
#ifndef HOPBRIDGE_STATS_H
#define HOPBRIDGE_STATS_H

#include "../bridge.h"

void serve_stats(struct bridge *bridge);
void serve_programs(struct bridge *bridge);
/* Of a counter of drops; "?" = there is none. */
const char *rule_name(uint32_t counter);

#endif
