/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers in text. */
#ifndef HOPLAB_NUMBER_H
#define HOPLAB_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* A decimal number within its limits, and nothing before or behind it. */
bool parse_number(const char *text, int64_t least, int64_t most, int64_t *value);

#endif
