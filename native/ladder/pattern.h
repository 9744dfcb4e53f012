/* SPDX-License-Identifier: GPL-2.0-only */
/* Bytes that are known on both sides, and their hash. */
#ifndef HOPLAB_LADDER_PATTERN_H
#define HOPLAB_LADDER_PATTERN_H

#include <stddef.h>
#include <stdint.h>

void fill_pattern(void *bytes, size_t len, uint64_t seed, uint64_t offset);
uint64_t hash_add(uint64_t hash, const void *bytes, size_t len);
#define HASH_START 0xcbf29ce484222325ull

#endif
