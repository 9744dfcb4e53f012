/* SPDX-License-Identifier: GPL-2.0-only */
/* What the programs keep, what they are told, and how a record gets out. */
#ifndef HOPLAB_HOPTRACE_MAPS_BPF_H
#define HOPLAB_HOPTRACE_MAPS_BPF_H

#include "../hoptrace.h"
#include "kernel.bpf.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

/* A packet is no longer what a CPU or a task is busy with after so long. */
#define BUSY_NS 1000000
/* A driver's call keeps its CPU: only a vCPU that was taken away lets it last so long. */
#define CALL_NS 1000000000
/* A device that wakes its reader does it within the call that gave it the packet. */
#define WAKES_NS 100000
#define WINDOW 128

SEC(".rodata.config") const volatile struct config config = {};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1 << 10);
	__type(key, __u32);
	__type(value, struct record);
} records SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ring);
} ring SEC(".maps");

/* Records that found no room. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} lost SEC(".maps");

/* Ports of the probe, a bit each. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, __u64);
} ports SEC(".maps");

/* Traced tasks by tid: those of the plan, the threads of its processes, and those that use a socket of the probe. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_TASKS);
	__type(key, __u32);
	__type(value, struct task);
} tasks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_TASKS);
	__type(key, __u32);
	__type(value, __u32);
} processes SEC(".maps");

struct cpu {
	struct flow busy;	/* the packet of the last event here */
	struct flow ready;	/* what the last socket got, until a task is woken for it */
	struct flow blank;	/* stays zero */
	__u8 window[2 * WINDOW];	/* the begin of what a system call reads or writes */
};

/* By CPU: the lookup in a plain array is a few instructions, that in one per CPU a call. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct cpu);
} cpus SEC(".maps");

/* What a record has beside its packet. */
struct event {
	__u64 time_ns, aux;
	__u32 ifindex, tid;
	__u16 point, cpu;
	__u8 flags;
};

static __always_inline struct cpu *this_cpu(struct event *event)
{
	/* A single CPU is number 0: under emulation the call that tells costs some 0.3 us. */
	__u32 cpu = config.n_cpus == 1 ? 0 : bpf_get_smp_processor_id();

	event->cpu = cpu;
	return bpf_map_lookup_elem(&cpus, &cpu);
}

static __always_inline bool asks_for(__u16 point)
{
	return config.points >> point & 1;
}

static __always_inline bool is_netns(__u32 netns)
{
#pragma unroll
	for (int i = 0; i < MAX_NETNS; i++)
		if (i < (int)config.n_netns && config.netns[i] == netns)
			return true;
	return false;
}

static __always_inline bool is_device(__u32 ifindex)
{
	if (!config.n_devices)
		return true;
#pragma unroll
	for (int i = 0; i < MAX_DEVICES; i++)
		if (i < (int)config.n_devices && config.devices[i] == ifindex)
			return true;
	return false;
}

static __always_inline bool has_port(__u16 port)
{
	__u32 index = port >> 6;
	__u64 *bits = bpf_map_lookup_elem(&ports, &index);

	return bits && *bits >> (port & 63) & 1;
}

static __always_inline bool is_probe(const struct flow *flow)
{
	return !config.n_ports || has_port(flow->source_port) || has_port(flow->destination_port);
}

/* Claims the place of a record; NULL = it is lost, and counted, or not wanted. Nobody is woken for it: the loader looks by itself. */
static __always_inline struct record *claim(void)
{
	__u32 zero = 0, index;
	struct ring *state = bpf_map_lookup_elem(&ring, &zero);
	__u64 *count;

	if (!state || !state->wanted)
		return NULL;
	if (state->claimed - state->taken < config.room) {
		index = __sync_fetch_and_add(&state->claimed, 1) & (config.capacity - 1);
		return bpf_map_lookup_elem(&records, &index);
	}
	count = bpf_map_lookup_elem(&lost, &zero);
	if (count)
		++*count;
	return NULL;
}

/* The word that says that the record is whole. */
static __always_inline void commit(struct record *record, __u64 word)
{
	__u64 *at = (__u64 *)&record->point;

#ifdef TARGET_x86_64
	/* Stores of this architecture are seen in their order. */
	asm volatile("" ::: "memory");
	*(volatile __u64 *)at = word;
#else
	__sync_lock_test_and_set(at, word);
#endif
}

static __always_inline __u64 last_word(const struct event *event, const struct flow *flow)
{
	return event->point | (__u64)event->cpu << 16 | (__u64)flow->protocol << 32 |
	       (__u64)(flow->flags | event->flags) << 40 | (__u64)flow->payload << 48;
}

/* All of a record but its last word. */
static __always_inline void fill(struct record *record, const struct event *event, const struct flow *flow)
{
	record->time_ns = event->time_ns;
	record->skb = flow->skb;
	record->source = flow->source;
	record->destination = flow->destination;
	record->source_port = flow->source_port;
	record->destination_port = flow->destination_port;
	record->number = flow->number;
	record->ifindex = event->ifindex;
	record->netns = flow->netns;
	record->tid = event->tid ? event->tid : (__u32)bpf_get_current_pid_tgid();
	record->length = flow->length;
	record->aux = event->aux;
}

static __always_inline int emit(const struct event *event, const struct flow *flow)
{
	struct record *record = claim();

	if (!record)
		return 0;
	fill(record, event, flow);
	commit(record, last_word(event, flow));
	return 0;
}

#endif
