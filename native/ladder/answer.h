/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the answering side share. */
#ifndef HOPLAB_LADDER_ANSWER_H
#define HOPLAB_LADDER_ANSWER_H

#include "ladder.h"
#include "sockets.h"

/* By rung, in memory that the processes of the connections share. */
struct seen {
	uint32_t frames[N_RUNGS];     /* heard on the device, before this machine's own stack judged them */
	uint32_t requests[N_RUNGS];   /* given to who answers: an application, or the kernel */
};

struct answer {
	const struct plan *plan;
	struct device device;
	struct seen *seen;
};

/* answer-frames.c */
int open_frames(const struct answer *a);
void answer_frame(struct answer *a, int fd);

/* answer-udp.c */
int open_udp(const struct answer *a, enum rung rung);
void answer_datagram(struct answer *a, int fd, enum rung only);

/* answer-tcp.c */
int open_tcp(const struct answer *a, bool v6);
void answer_connection(struct answer *a, int fd, bool v6);

#endif
