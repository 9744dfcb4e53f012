/* SPDX-License-Identifier: GPL-2.0-only */
/* The bytes that the capture writes: one head, a record a hop, then frames, each a record and its bytes; little-endian. */
#ifndef HOPLAB_CAPTURE_RECORD_H
#define HOPLAB_CAPTURE_RECORD_H

#include <stdint.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "records are written as they lie in memory, which needs a little-endian machine"
#endif

#define CAPTURE_VERSION 1
#define CAPTURE_MAGIC "HOPLABF\n"
/* A frame's bytes are followed by zeroes up to a multiple of this. */
#define FRAME_PADDING 8

struct head {
	char magic[8];
	uint32_t version;
	uint32_t hop_bytes;
	uint32_t frame_bytes;
	uint32_t hops;
	uint64_t frames;
};

/* A hop, in the order of the plan. */
struct hop_record {
	uint64_t seen;		/* by the kernel's count */
	uint64_t lost;		/* of these: no room in the socket's buffer, or refused by the kernel's virtio_net_hdr */
	uint64_t skipped;	/* of these: over the plan's limit */
	uint32_t error;		/* errno of opening it; nothing was seen then */
	uint32_t kept;
};

/* A frame, in the order of reading. */
struct frame_record {
	int64_t time_ns;	/* CLOCK_REALTIME */
	uint32_t length;	/* with a tag that was put back */
	uint32_t captured;	/* bytes that follow */
	uint16_t hop;
	uint8_t packet_type;	/* sll_pkttype: 4 = outgoing */
	uint8_t known;		/* enum known */
	uint8_t vnet_flags;	/* virtio_net_hdr from here on */
	uint8_t gso_type;
	uint16_t gso_size;
	uint16_t csum_start;
	uint16_t csum_offset;
	uint16_t header_length;
	uint16_t reserved;
};

_Static_assert(sizeof(struct head) == 32, "the head is 32 bytes");
_Static_assert(sizeof(struct hop_record) == 32, "a hop is 32 bytes");
_Static_assert(sizeof(struct frame_record) == 32, "a frame is 32 bytes and its own");

enum known {
	KNOWN_CSUM_VALID = 1 << 0,	/* the kernel validated it, or trusts it */
	KNOWN_CSUM_NOT_READY = 1 << 1,	/* it is yet to be completed */
	KNOWN_TAG_RESTORED = 1 << 2,	/* the VLAN tag was beside the bytes, and is in them now */
	KNOWN_CUT = 1 << 3,		/* fewer bytes follow than the frame has */
};

#endif
