// SPDX-License-Identifier: GPL-2.0-only
/* Bytes that both sides can make from a seed and a place, and a hash over bytes. */
#include "ladder.h"
#include "pattern.h"

#include <string.h>

/* splitmix64 of the word's number: any part of the stream can be made alone. */
static uint64_t word_at(uint64_t seed, uint64_t n)
{
	uint64_t x = seed + (n + 1) * 0x9e3779b97f4a7c15ull;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	return x ^ (x >> 31);
}

void fill_pattern(void *bytes, size_t len, uint64_t seed, uint64_t offset)
{
	uint8_t *out = bytes;

	while (len) {
		uint64_t word = word_at(seed, offset / 8);
		size_t skip = offset % 8, n = 8 - skip < len ? 8 - skip : len;

		memcpy(out, (uint8_t *)&word + skip, n);
		out += n;
		offset += n;
		len -= n;
	}
}

/* FNV-1a, 64 bits. */
uint64_t hash_add(uint64_t hash, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ at[i]) * 0x100000001b3ull;
	return hash;
}
