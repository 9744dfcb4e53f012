/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The bytes that hoptrace writes: one head, a JSON header, blocks of fixed records, a trailer; all little-endian.
 *
 *	struct file_head
 *	JSON, padded with spaces to a multiple of 8
 *	{ struct block_head, its bytes } ...	blocks of records, then one with the trailer's JSON
 *
 * A block is whole or it is not there: after a crash the file reads up to the first block that is cut or damaged. A
 * file without a trailer was not ended in order.
 */
#ifndef HOPLAB_HOPTRACE_RECORD_H
#define HOPLAB_HOPTRACE_RECORD_H

#include <linux/types.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "records are written as they lie in memory, which needs a little-endian machine"
#endif

#define TRACE_MAGIC "HOPTRACE"
#define TRACE_VERSION 1
#define BLOCK_MAGIC 0x4b4c4254	/* "TBLK" */

struct file_head {
	__u8 magic[8];
	__u32 version;
	__u32 mechanism;	/* enum mechanism */
	__u32 record_bytes;
	__u32 header_bytes;	/* of the JSON, with its padding */
};

enum mechanism { MECHANISM_BPF = 1, MECHANISM_TRACEFS = 2 };

struct block_head {
	__u32 magic;
	__u32 kind;		/* enum block_kind */
	__u32 bytes;		/* after this head, without padding to a multiple of 8 */
	__u32 crc32;		/* zlib's polynomial, over those bytes */
};

/* BLOCK_PAGES, BLOCK_ROUND: of a file with MECHANISM_TRACEFS, see tracefs.c */
enum block_kind { BLOCK_RECORDS = 1, BLOCK_TRAILER = 2, BLOCK_PAGES = 3, BLOCK_ROUND = 4 };

struct record {
	__u64 time_ns;		/* CLOCK_MONOTONIC of its machine, taken first */
	__u64 skb;		/* address of the sk_buff; 0 = none */
	__u32 source;		/* IPv4, in network order as read; IPv6: the last 4 bytes; 0 = not known */
	__u32 destination;
	__u16 source_port;	/* host order */
	__u16 destination_port;
	__u32 number;		/* TCP: sequence number of the first payload byte; UDP: the payload's first 4 bytes */
	__u32 ifindex;
	__u32 netns;		/* inode */
	__u32 tid;		/* the task that ran; switch_in and switch: the one that runs now */
	__u32 length;		/* of the packet in bytes, or what a system call returned */
	__u16 point;
	__u16 cpu;
	__u8 protocol;		/* 6 = TCP, 17 = UDP, 0 = no packet */
	__u8 flags;		/* enum record_flag */
	__u16 payload;		/* bytes */
	__u64 aux;		/* per point */
};

enum record_flag {
	RECORD_BY_STATE = 1 << 0,	/* which packet it is was remembered by CPU or task, and not read from a packet */
	RECORD_ACK = 1 << 1,		/* TCP without payload */
	RECORD_GSO = 1 << 2,
	RECORD_RETRANSMIT = 1 << 3,	/* the sequence number had been sent before; known where the socket tells */
	RECORD_NAME = 1 << 4,		/* bytes 16 to 31 are the name of the task `tid`, and no packet's addresses */
	RECORD_NO_NUMBER = 1 << 5,	/* `number` is not known */
	RECORD_IPV6 = 1 << 6,
};

/* Name, meaning. Numbers are the order from 1; add at the end. */
#define TRACE_POINTS(POINT)									\
	POINT(send_enter, "a traced task entered a send call; aux: the file descriptor")	\
	POINT(sock_send, "the socket took the payload, and the stack returned from sending it")	\
	POINT(dev_queue, "the packet was handed to a device's queue")				\
	POINT(dev_xmit, "the packet left the queue for the driver")				\
	POINT(netif_rx, "the packet was put into a CPU's backlog")				\
	POINT(netif_receive, "the packet entered the stack from a device")			\
	POINT(data_ready, "the payload lies in its socket")					\
	POINT(waking, "a traced task is being woken; aux: its tid")				\
	POINT(switch_in, "a traced task got the CPU; aux: the task before")			\
	POINT(recv_exit, "a receive call of a traced task returned with payload; aux: the file descriptor")	\
	POINT(kick, "a vCPU notifies its device: an eventfd is written to or signalled; aux: descriptor or address")	\
	POINT(vmm_in, "the VMM has read a frame or payload, or vhost copies it to the guest; aux: the file descriptor")	\
	POINT(vmm_out, "the VMM is about to write a frame or payload, or vhost to send it; aux: the file descriptor")	\
	POINT(xdp_in, "an XDP program redirected the frame; aux: the id of the map, 0 = none")	\
	POINT(xdp_out, "redirected frames were given to a device; aux: sent, and lost << 32")	\
	POINT(driver_enter, "virtio_net got the packet to transmit; any driver, where no function may be traced")	\
	POINT(driver_exit, "the driver of driver_enter returned from transmitting; aux: what it returned")	\
	POINT(free, "the packet was freed; aux: the reason of a drop, 0 = consumed")		\
	POINT(irq_enter, "a hardware interrupt began; aux: its number")				\
	POINT(irq_exit, "a hardware interrupt ended; aux: its number")				\
	POINT(softirq_enter, "a softirq began; aux: its number")				\
	POINT(softirq_exit, "a softirq ended; aux: its number")					\
	POINT(switch, "a CPU changed its task; aux: the task before, and its state << 32")	\
	POINT(gro, "the packet was given to GRO by its driver")					\
	POINT(dev_done, "the driver of any device returned from transmitting; aux: what it returned")	\
	POINT(guest_irq, "KVM was told to interrupt the guest; aux: the data of the MSI, 0 = not known")

enum point {
	POINT_none,
#define POINT(name, meaning) POINT_##name,
	TRACE_POINTS(POINT)
#undef POINT
	N_POINTS,
};

#define AT(type, field, offset) \
	_Static_assert(__builtin_offsetof(struct type, field) == (offset), #field " of a " #type " is at " #offset)

_Static_assert(sizeof(struct file_head) == 24, "the head of a file is 24 bytes");
_Static_assert(sizeof(struct block_head) == 16, "the head of a block is 16 bytes");
_Static_assert(sizeof(struct record) == 64, "a record is 64 bytes");
AT(record, skb, 8);
AT(record, source, 16);
AT(record, source_port, 24);
AT(record, number, 28);
AT(record, ifindex, 32);
AT(record, tid, 40);
AT(record, point, 48);
AT(record, protocol, 52);
AT(record, payload, 54);
AT(record, aux, 56);
#undef AT

#endif
