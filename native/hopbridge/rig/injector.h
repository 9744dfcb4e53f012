/* SPDX-License-Identifier: GPL-2.0-only */
/* The injector's own parts: what it is told and counts, and how it sends. */
#ifndef INJECTOR_H
#define INJECTOR_H

#include <linux/types.h>
#include <stdbool.h>
#include "inject.h"

struct sender {
	volatile struct order *order; /* the program's own */
	int program;
	bool packets; /* sk_buffs by a packet socket */
};

_Noreturn void die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void build_frame(void);
void handle_alarm(void);
/* So many frames, or as many as leave in so many milliseconds: their number. In the namespace of the order's device. */
__u64 send_frames(struct sender *sender, struct order what, int frames, long ms);

#endif
