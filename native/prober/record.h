/* SPDX-License-Identifier: GPL-2.0-only */
/* The bytes that the prober writes: one head, a JSON header, fixed records; all little-endian. */
#ifndef HOPLAB_PROBER_RECORD_H
#define HOPLAB_PROBER_RECORD_H

#include <stdint.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "records are written as they lie in memory, which needs a little-endian machine"
#endif

#define CONTAINER_VERSION 1
#define MAGIC_SAMPLES "HOPLABS\n"
#define MAGIC_SENT "HOPLABT\n"
#define MAGIC_SERVER "HOPLABR\n"

struct head {
	char magic[8];
	uint32_t version;
	uint32_t record_bytes;
	uint32_t header_bytes;	/* JSON, padded with spaces to a multiple of 8 */
	uint32_t crc32;		/* zlib's polynomial, over the JSON and then the records */
	uint64_t records;
};

/* One transaction, in the order of sending over all paths. */
struct sample {
	uint32_t seq;
	uint8_t path;
	uint8_t flags;
	uint16_t group;
	int64_t sched_ns;
	uint32_t late_ns;
	uint32_t rtt_ns;
	uint32_t kernel_receive_ns;
	uint32_t server_ns;
};

/* When the kernel had the request of a sample, ns after its send call began; 0 = it was not stamped. */
struct sent {
	uint32_t queue_ns;	/* it went into the queue of the device */
	uint32_t driver_ns;	/* the driver gave it to the device */
};

/* One answered request, in the order of service per listener. */
struct service {
	uint16_t listener;
	uint16_t connection;	/* order of accepting (UDP: of changes of the peer); 0 for crr */
	uint32_t seq;
	uint32_t server_ns;
	uint32_t tag;		/* the request's leading bytes: the client's number of the transaction */
};

_Static_assert(sizeof(struct head) == 32, "the head is 32 bytes");
_Static_assert(sizeof(struct sample) == 32, "a sample is 32 bytes");
_Static_assert(sizeof(struct sent) == 8, "stamps of a request are 8 bytes");
_Static_assert(sizeof(struct service) == 16, "a service record is 16 bytes");

enum sample_flag {
	SAMPLE_LOST = 1 << 0,
	SAMPLE_LATE = 1 << 1,
	SAMPLE_SATURATED = 1 << 2,
	SAMPLE_WARMUP = 1 << 3,
	SAMPLE_KERNEL_STAMP = 1 << 4,
	SAMPLE_SERVER_STAMP = 1 << 5,
	SAMPLE_PREEMPTED = 1 << 6,
	SAMPLE_RETRANSMIT = 1 << 7,
};

#endif
