/* SPDX-License-Identifier: GPL-2.0-only */
/* The guest's clock. */
#ifndef HOPLAB_AGENT_CLOCK_H
#define HOPLAB_AGENT_CLOCK_H

#include <stdint.h>

/* CLOCK_MONOTONIC */
uint64_t now_ns(void);

#endif
