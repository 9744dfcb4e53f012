/* SPDX-License-Identifier: GPL-2.0-only */
/* What the programs and the loader share beside the records. */
#ifndef HOPLAB_HOPTRACE_H
#define HOPLAB_HOPTRACE_H

#include "record.h"

#define MAX_NETNS 16
#define MAX_PORTS 64
#define MAX_DEVICES 16
#define MAX_TASKS 4096

enum role {
	ROLE_APP = 1,	/* a client or server: its sends and receives on the probe's ports */
	ROLE_VMM,	/* QEMU's main loop, passt, ovs-vswitchd: frames and payloads that it reads and writes */
	ROLE_VCPU,	/* kicks */
	ROLE_VHOST,	/* a kernel thread that moves frames between rings and a tap */
};

/* Constants of the programs: the verifier drops what they rule out. */
struct config {
	__u64 points;		/* a bit each: what a program that serves several is asked for */
	__u64 delay_ns;		/* what the program `delay` waits */
	__u32 capacity;		/* records between kernel and file, a power of two */
	__u32 room;		/* somewhat less: programs that have seen room may not have claimed it yet */
	__u32 n_cpus;		/* that there can ever be */
	__u32 n_netns, n_ports, n_devices, n_processes;
	__u32 netns[MAX_NETNS];
	__u32 devices[MAX_DEVICES];
};

/*
 * How far programs and loader are in the records between them, which both have in their memory. A program claims the next
 * place by one atomic addition and writes into it, the word with the point last; the loader takes what has a point, and
 * clears it. BPF's own ring buffer takes a lock with interrupts off, and two calls, for the same.
 */
struct ring {
	__u64 claimed;
	__u64 apart[7];		/* what the loader writes is not in the programs' cache line */
	__u64 taken;
	__u32 wanted;		/* 1 while records are wanted: programs come and go one by one, and all begin and end at the same moment */
	__u32 pad;
};

/* Which packet a CPU or a task is busy with. */
struct flow {
	__u64 time_ns;		/* 0 = none */
	__u64 skb;
	__u32 source, destination;
	__u16 source_port, destination_port;
	__u32 number;
	__u32 netns, length;
	__u8 protocol, flags;
	__u16 payload;
	__u32 queued;		/* 1 = its last event was dev_queue: the driver gets it next */
};

struct task {
	__u32 role;
	__u32 peeked_to;	/* number behind the last byte that it has looked at and not yet taken */
	struct flow busy;	/* what it read or wrote last */
	struct flow woken;	/* what it is being woken for */
};

_Static_assert(sizeof(struct flow) == 48, "a flow is 48 bytes");
_Static_assert(sizeof(struct task) == 104, "a task is 104 bytes");

#endif
