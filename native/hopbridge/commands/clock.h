/* SPDX-License-Identifier: GPL-2.0-only */
/* The clock of the data path. */
#ifndef HOPBRIDGE_CLOCK_H
#define HOPBRIDGE_CLOCK_H

#include <stdint.h>

/* CLOCK_MONOTONIC */
uint64_t now_ns(void);

#endif
