/* SPDX-License-Identifier: GPL-2.0-only */
/* What the programs keep, what they are told, and how a record gets out. */
#ifndef HOPLAB_HOPTRACE_MAPS_BPF_H
#define HOPLAB_HOPTRACE_MAPS_BPF_H

#include "hoptrace.h"
#include "kernel.bpf.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

/* A packet is no longer what a CPU or a task is busy with after so long. */
#define BUSY_NS 1000000
/* A device that wakes its reader does it within the call that gave it the packet. */
#define WAKES_NS 100000
#define WINDOW 128

SEC(".rodata.config") const volatile struct config config = {};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 24);
} records SEC(".maps");

/* Records that found no room. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} lost SEC(".maps");

/* 1 while records are wanted: programs come and go one by one, and all begin and end at the same moment. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} recording SEC(".maps");

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

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct cpu);
} cpus SEC(".maps");

static __always_inline struct cpu *this_cpu(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&cpus, &zero);
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

/* What a record has beside its packet. */
struct event {
	__u64 time_ns, aux;
	__u32 ifindex, tid;
	__u16 point;
	__u8 flags;
};

/* Reserves a record; NULL = it is lost, and counted. Nobody is woken for it: the loader looks by itself. */
static __always_inline struct record *begin(const struct event *event, const struct flow *flow)
{
	struct record *record;
	__u32 zero = 0, *wanted = bpf_map_lookup_elem(&recording, &zero);
	__u64 *count;

	if (!wanted || !*wanted)
		return NULL;
	record = bpf_ringbuf_reserve(&records, sizeof(*record), 0);
	if (!record) {
		count = bpf_map_lookup_elem(&lost, &zero);
		if (count)
			++*count;
		return NULL;
	}
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
	record->point = event->point;
	record->cpu = bpf_get_smp_processor_id();
	record->protocol = flow->protocol;
	record->flags = flow->flags | event->flags;
	record->payload = flow->payload;
	record->aux = event->aux;
	return record;
}

static __always_inline int emit(const struct event *event, const struct flow *flow)
{
	struct record *record = begin(event, flow);

	if (record)
		bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	return 0;
}

#endif
