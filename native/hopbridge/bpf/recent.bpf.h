/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a CPU has looked up in the FDB not long ago, in a cache line a bucket.
 *
 * A lookup in the FDB is a hash over 8 bytes and three or four cache lines, and two tables are asked for two addresses
 * of every frame. A full table is larger than the CPU's caches. Here it is one line, and a CPU's own, so that nothing is
 * locked. What is here is forgotten after a second at the latest, and at once when any address moves or a command changes
 * the FDB: both change the generation. The second also keeps the LRU informed of which addresses are in use.
 */
#ifndef RECENT_BPF_H
#define RECENT_BPF_H

#include "maps.bpf.h"

#define UNKNOWN (-1L)
#define PORT_BITS 6
#define TICK_BITS 20 /* time in units of 1.05 ms, which wrap after 52 days */
#define RECENT_NS 1000000000ULL

/* A map, so that a command finds it where the bridge is pinned. Starts at 1: an empty way is of no generation. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} generation SEC(".maps");

#define RECENT_MAP(name)                                                              \
	struct {                                                                      \
		__uint(type, BPF_MAP_TYPE_ARRAY);                                     \
		__uint(map_flags, BPF_F_MMAPABLE); /* for its alignment to pages */   \
		__uint(max_entries, 1);            /* the loader's to set */          \
		__type(key, __u32);                                                   \
		__type(value, struct recent_line);                                    \
	} name SEC(".maps")

RECENT_MAP(recent_targets);
RECENT_MAP(recent_sources);

static __always_inline struct recent_line *recent_at(void *map, __u64 key)
{
	__u32 line = (key * 0x9e3779b97f4a7c15ULL >> 32) & settings.recent_mask;

	line += bpf_get_smp_processor_id() * (settings.recent_mask + 1);
	return bpf_map_lookup_elem(map, &line);
}

static __always_inline int is_current(const struct recent *recent, __u32 now_ticks, __u32 of)
{
	return recent->where >> PORT_BITS == of && (__s32)(recent->until - now_ticks) > 0;
}

/* Before the FDB is read: what changes it afterwards changes the generation too. */
static __always_inline __u32 current_generation(void)
{
	__u32 zero = 0;
	volatile __u32 *now = bpf_map_lookup_elem(&generation, &zero);

	return now ? *now & (~0U >> PORT_BITS) : 0;
}

static __always_inline void next_generation(void)
{
	__u32 zero = 0, *now = bpf_map_lookup_elem(&generation, &zero);

	if (now)
		__sync_fetch_and_add(now, 1);
}

/* The port of an address, or UNKNOWN. */
static __always_inline long recall(void *map, __u64 key, __u64 now, __u32 of)
{
	struct recent_line *line = recent_at(map, key);

	if (!line)
		return UNKNOWN;
	for (int i = 0; i < RECENT_WAYS; i++)
		if (line->ways[i].key == key && is_current(&line->ways[i], now >> TICK_BITS, of))
			return line->ways[i].where & (MAX_PORTS - 1);
	return UNKNOWN;
}

static __always_inline void remember(void *map, __u64 key, __u64 now, __u64 until, __u32 of, __u32 port)
{
	struct recent_line *line = recent_at(map, key);
	__u32 way = now >> 4 & (RECENT_WAYS - 1);

	if (!line)
		return;
	if (until > now + RECENT_NS)
		until = now + RECENT_NS;
	for (int i = 0; i < RECENT_WAYS; i++)
		if (!is_current(&line->ways[i], now >> TICK_BITS, of))
			way = i;
	for (int i = 0; i < RECENT_WAYS; i++)
		if (line->ways[i].key == key)
			way = i;
	way &= RECENT_WAYS - 1;
	line->ways[way].key = key;
	line->ways[way].until = until >> TICK_BITS;
	line->ways[way].where = of << PORT_BITS | port;
}

#endif
