/* SPDX-License-Identifier: GPL-2.0-only */
/* What the injector and its programs share. Includers bring the kernel's __u32 and friends. */
#ifndef INJECT_H
#define INJECT_H

#define MAX_IFINDEX 64
#define FRAME_BYTES 60 /* the smallest on a cable, but for the checksum that a NIC adds: 64 B */
#define MARK 0x02b0    /* how the destination of every frame that is counted begins */
#define SENDER 0x02a0  /* how that of the frames' sender does */

/* Written before every run. */
struct order {
	__u64 next; /* number of the next frame */
	__u32 out;  /* ifindex */
	__u32 mask; /* addresses - 1 */
	__u32 learn; /* the numbered address is the source, and the sender's the destination */
	__u32 pad;
};

/* What the counting program saw; the time of every so many frames, since each would cost more than the count. */
#define STAMP_EVERY 64
struct seen {
	__u64 frames;
	__u64 bytes;
	__u64 first_ns; /* of the first stamp and of the last one, with the frames up to there */
	__u64 first_frames;
	__u64 last_ns;
	__u64 last_frames;
};

struct address {
	__be16 begin;
	__be32 number;
} __attribute__((packed));

/* Odd, so that all addresses come once before any comes again, and far from in order. */
#define STRIDE 40503

/* Gives a frame its addresses: those of the order's next one. */
static inline __attribute__((always_inline)) void address_frame(void *frame, volatile struct order *order)
{
	__u32 number = order->next++ * STRIDE & order->mask;
	struct address *at = frame;

	at[0].begin = __builtin_bswap16(order->learn ? SENDER : MARK);
	at[0].number = order->learn ? 0 : __builtin_bswap32(number);
	at[1].begin = __builtin_bswap16(order->learn ? MARK : SENDER);
	at[1].number = order->learn ? __builtin_bswap32(number) : 0;
}

#endif
