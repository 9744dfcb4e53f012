/* SPDX-License-Identifier: GPL-2.0-only */
/* The maps of the bridge, and the few things that every program does with them. */
#ifndef MAPS_BPF_H
#define MAPS_BPF_H

#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "../hopbridge.h"

/* Written by the loader before loading, so that the verifier prunes what is off. */
const volatile struct settings settings SEC(".rodata.settings");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_PORTS);
	__type(key, __u32); /* ifindex */
	__type(value, __u32);
} port_of SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, MAX_PORTS);
	__type(key, __u32);
	__type(value, struct port);
} ports SEC(".maps");

/* The size is the loader's to set. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct fdb_key);
	__type(value, struct fdb_entry);
} fdb SEC(".maps");

/* Apart from the learned ones, so that the LRU cannot evict them. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_STATIC);
	__type(key, struct fdb_key);
	__type(value, __u32);
} fdb_static SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_ALLOWED);
	__type(key, struct allow_key);
	__type(value, __u8);
} allowed SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, MAX_PORTS);
	__type(key, __u32);
	__type(value, struct storm);
} storms SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, MAX_PORTS);
	__type(key, __u32);
	__type(value, struct port_stats);
} stats SEC(".maps");

/* Two device maps with the same ports: what is flooded passes flood_out for each target, a known address does not. */
struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, MAX_PORTS);
	__type(key, __u32);
	__uint(value_size, sizeof(struct bpf_devmap_val));
} one SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, MAX_PORTS);
	__type(key, __u32);
	__uint(value_size, sizeof(struct bpf_devmap_val));
} all SEC(".maps");

/* What the kernel said of redirects that did not arrive. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_LOSSES);
	__type(key, struct loss_key);
	__type(value, __u64);
} losses SEC(".maps");

static __always_inline void count(__u32 index, enum port_counter what, __u64 bytes)
{
	struct port_stats *mine = bpf_map_lookup_elem(&stats, &index);

	if (!mine)
		return;
	mine->packets[what]++;
	mine->bytes[what] += bytes;
}

static __always_inline struct port *port_at(__u32 index)
{
	struct port *port = bpf_map_lookup_elem(&ports, &index);

	return port && port->ifindex ? port : NULL;
}

#endif
