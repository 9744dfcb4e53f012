/* SPDX-License-Identifier: GPL-2.0-only */
/* The injector's own parts: what it is told and counts, and how it sends. */
#ifndef INJECTOR_H
#define INJECTOR_H

#include <linux/types.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>
#include "inject.h"

struct sender {
	volatile struct order *order; /* the program's own */
	int program;
	bool packets; /* sk_buffs by a packet socket */
};

struct wire {
	char name[32];
	int netns[2];
	__u32 ifindex[2];
	clockid_t account; /* of a process that forwards; 0 = none */
};

/* The counting program's map, a value a CPU. */
struct counters {
	int map, cpus;
};

_Noreturn void die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void build_frame(void);
void handle_alarm(void);
/* So many frames, or as many as leave in so many milliseconds: their number. In the namespace of the order's device. */
__u64 send_frames(struct sender *sender, struct order what, int frames, long ms);


/* What arrived at an end of a wire: the sum over CPUs, and the stamps of the CPU that saw most. */
struct seen count(const struct counters *counters, const struct wire *wire, int end);
void forget(const struct counters *counters, const struct wire *wire, int end);
/* Until so many are there, or nothing more comes. */
void await(const struct counters *counters, const struct wire *wire, int end, __u64 wanted);
/* ns; 0 if it is the clock of a process that has ended. */
int64_t read_clock(clockid_t clock);
/* Of the kernel thread that takes over what a CPU's softirqs could not finish; 0 if it cannot be seen from here. */
clockid_t find_softirqd(int cpu);

#endif
