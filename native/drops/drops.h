/* SPDX-License-Identifier: GPL-2.0-only */
/* What the programs count, as both sides see it. */
#ifndef HOPLAB_DROPS_H
#define HOPLAB_DROPS_H

#include <linux/types.h>

#define MAX_NETNS 64
#define MAX_KEYS 4096
#define HEAD_BYTES 128

/* A kind of dropped frame. */
struct drop_key {
	__u32 netns;		/* inode */
	__u32 reason;
	__u32 ifindex;		/* 0 = the frame had no device */
	__u16 protocol;		/* EtherType, host order */
	__u16 port;		/* destination port, host order; 0 = none */
	__u8 ip_protocol;	/* 0 = not IP */
	__u8 pad[3];
};

struct drop_count {
	__u64 frames;
	__u16 head_bytes;	/* of the first frame of its kind */
	__u8 head_is_link;	/* begins with the Ethernet header, else with the network's */
	__u8 marked;		/* its checksum was still to be completed */
	__u8 pad[4];
	__u8 head[HEAD_BYTES];
};

/* A kind of frame that XDP lost. */
struct xdp_key {
	__u32 netns;		/* 0 = the tracepoint names no device */
	__u32 ifindex;
	__u32 point;		/* enum point */
	__s32 reason;		/* errno, or the action of an exception */
};

enum point {
	POINT_kfree_skb,
	POINT_xdp_exception,
	POINT_xdp_redirect_err,
	POINT_xdp_redirect_map_err,
	POINT_xdp_devmap_xmit,
	POINT_xdp_bulk_tx,
	POINT_xdp_cpumap_enqueue,
	POINT_xdp_cpumap_kthread,
	N_POINTS,
};

_Static_assert(sizeof(struct drop_key) == 20, "a key of a drop is 20 bytes");
_Static_assert(sizeof(struct drop_count) == 144, "a count of drops is 144 bytes");
_Static_assert(sizeof(struct xdp_key) == 16, "a key of a loss is 16 bytes");

#endif
