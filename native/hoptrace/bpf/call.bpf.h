/* SPDX-License-Identifier: GPL-2.0-only */
/* System calls that carry payload or frames: what they are given, and the bytes at its begin. */
#ifndef HOPLAB_HOPTRACE_CALL_BPF_H
#define HOPLAB_HOPTRACE_CALL_BPF_H

#include "task.bpf.h"
#include <asm/unistd.h>

#define S_IFMT 0170000
#define S_IFSOCK 0140000
#define ETHERNET_BYTES 14
#define MAX_PIECES 8
#define MSG_PEEK 2
#define MSG_TRUNC 0x20

enum direction { SENDS = 1, RECEIVES, ACCEPTS };
enum shape { PLAIN, VECTOR, MESSAGE, MESSAGES };

struct call {
	__u64 fd, at, length, address;
	__u32 flags;	/* of a receive */
	__u8 direction, shape;
};

struct piece { __u64 at, length; };
struct message { __u64 address; __u32 address_bytes, pad; __u64 pieces, n_pieces, control, control_bytes; __u32 flags, pad2; };
struct internet { __u16 family; __be16 port; __be32 address; };
#define IN6_LAST 20	/* of a sockaddr_in6: where the last 4 bytes of its address are */

#define CALL(name, direction_, shape_) \
	case __NR_##name: call->direction = direction_; call->shape = shape_; break

static __always_inline int read_call(const struct pt_regs *regs, long number, struct call *call)
{
	switch (number) {
	CALL(read, RECEIVES, PLAIN);
	CALL(readv, RECEIVES, VECTOR);
	CALL(recvfrom, RECEIVES, PLAIN);
	CALL(recvmsg, RECEIVES, MESSAGE);
	CALL(recvmmsg, RECEIVES, MESSAGES);
	CALL(write, SENDS, PLAIN);
	CALL(writev, SENDS, VECTOR);
	CALL(sendto, SENDS, PLAIN);
	CALL(sendmsg, SENDS, MESSAGE);
	CALL(sendmmsg, SENDS, MESSAGES);
	CALL(accept, ACCEPTS, PLAIN);
	CALL(accept4, ACCEPTS, PLAIN);
	default:
		return -1;
	}
	call->fd = CALL_ARG1(regs);
	call->at = CALL_ARG2(regs);
	call->length = CALL_ARG3(regs);
	call->address = number == __NR_sendto || number == __NR_recvfrom ? CALL_ARG5(regs) : 0;
	call->flags = number == __NR_recvmsg ? CALL_ARG3(regs) : number == __NR_recvfrom ? CALL_ARG4(regs) : 0;
	return 0;
}

/* The socket behind a descriptor; NULL = it is no open file, or no socket. */
static __always_inline const struct sock *find_socket(__u64 fd)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task_btf();
	struct fdtable *table = task->files->fdt;
	struct file *file = NULL;
	struct socket *found;

	if (fd >= table->max_fds)
		return NULL;
	bpf_probe_read_kernel(&file, sizeof(file), table->fd + fd);
	if (!file || (BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) != S_IFSOCK)
		return NULL;
	found = BPF_CORE_READ(file, private_data);
	return BPF_CORE_READ(found, sk);
}

/* The compiler must not test one register and pass on another: the verifier then knows of no limit. */
static __always_inline __u64 at_most_window(__u64 bytes)
{
	asm volatile("" : "+r"(bytes));
	if (bytes > WINDOW)
		bytes = WINDOW;
	asm volatile("" : "+r"(bytes));
	return bytes;
}

/* Whether the kernel drops the payload unread, as it is told to by a program that has peeked at it before. */
static __always_inline bool discards(const struct call *call)
{
	return call->flags & MSG_TRUNC && call->shape == PLAIN && !call->at;
}

/* Bytes of the first message that recvmmsg() brought: it returns their number. */
static __always_inline __u64 first_message(const struct call *call, __u64 returned)
{
	__u32 bytes = 0;

	if (call->shape != MESSAGES)
		return returned;
	return bpf_probe_read_user(&bytes, sizeof(bytes), (void *)(call->at + sizeof(struct message))) ? 0 : bytes;
}

/* Fills the window with the first bytes of what is sent or was received; `total` is set to the bytes of all pieces. */
static __always_inline __u32 read_window(struct cpu *cpu, struct call *call, __u64 *total)
{
	__u64 pieces = call->at, n = call->length;
	__u64 used = 0;

	if (call->shape == PLAIN) {
		used = at_most_window(call->length);
		*total = call->length;
		return bpf_probe_read_user(cpu->window, used, (void *)call->at) ? 0 : used;
	}
	if (call->shape == MESSAGE || call->shape == MESSAGES) {
		struct message message = {};

		if (bpf_probe_read_user(&message, sizeof(message), (void *)call->at))
			return 0;
		pieces = message.pieces;
		n = message.n_pieces;
		call->address = message.address;
	}
	*total = 0;
#pragma unroll
	for (__u64 i = 0; i < MAX_PIECES; i++) {
		struct piece piece;
		__u64 take;

		if (i >= n || bpf_probe_read_user(&piece, sizeof(piece), (void *)(pieces + i * sizeof(piece))))
			break;
		*total += piece.length;
		if (used >= WINDOW)
			continue;
		take = at_most_window(piece.length);
		/* For the verifier of Linux 6.1: it does not see that the value it knows to be small is the one added here. */
		asm volatile("" : "+r"(used));
		used &= WINDOW - 1;
		if (take && bpf_probe_read_user(cpu->window + used, take, (void *)piece.at))
			break;
		used += take;
	}
	return used < WINDOW ? used : WINDOW;
}

/*
 * The frame in the window. Before it may be nothing, the length that a stream carries (4 bytes), or a virtio_net_hdr (10
 * or 12). Each is tried: neither a length nor such a header can be read as an Ethernet frame with IP.
 */
static __always_inline int read_frame(struct cpu *cpu, __u32 have, struct flow *flow)
{
	static const __u32 before[] = { 0, 12, 10, 4 };
	const __u8 *window = cpu->window;

#pragma unroll
	for (int i = 0; i < 4; i++) {
		const __u8 *type = window + before[i] + 12;

		if (have < before[i] + ETHERNET_BYTES)
			continue;
		if ((type[0] == 0x08 && type[1] == 0 && type[2] >> 4 == 4) ||
		    (type[0] == 0x86 && type[1] == 0xdd && type[2] >> 4 == 6))
			return read_packet(type + 2, have - before[i] - ETHERNET_BYTES, flow);
	}
	return -1;
}

/* The far end of a socket that is connected to none, and the number of a datagram. */
static __always_inline void complete_datagram(struct cpu *cpu, const struct call *call, __u32 have, struct flow *flow)
{
	struct internet far = {};

	flow->number = *(__u32 *)cpu->window;
	if (have < 4)
		flow->number &= (1u << 8 * have) - 1;
	if (!have)
		flow->flags |= RECORD_NO_NUMBER;
	if (!call->address || bpf_probe_read_user(&far, sizeof(far), (void *)call->address))
		return;
	if (far.family == AF_INET6 &&
	    bpf_probe_read_user(&far.address, sizeof(far.address), (void *)(call->address + IN6_LAST)))
		return;
	if (far.family != AF_INET && far.family != AF_INET6)
		return;
	if (call->direction == SENDS) {
		flow->destination = far.address;
		flow->destination_port = bpf_ntohs(far.port);
	} else {
		flow->source = far.address;
		flow->source_port = bpf_ntohs(far.port);
	}
}

/* The payload that a call sends through a socket of the probe, or received from it; `got` is how much it received. */
static __always_inline int read_payload(struct cpu *cpu, struct call *call, const struct sock *sk, __u64 got,
					struct flow *flow)
{
	bool sends = call->direction == SENDS;
	__u64 total = call->length;
	struct ends ends;
	__u32 have = 0;

	if (!sk || ask_ends(sk, &ends))
		return -1;
	if (take_ends(&ends, sk, sends, flow) && take_loose(&ends, sends, flow))
		return -1;
	if (flow->protocol == IPPROTO_UDP || (sends && call->shape != PLAIN))
		have = read_window(cpu, call, &total);
	if (!sends && have > got)
		have = got;
	flow->length = sends ? total : got;
	flow->payload = clip(flow->length);
	if (flow->protocol == IPPROTO_TCP)
		flow->number = sends ? next_to_send(sk) : next_to_read(sk) - (call->flags & MSG_PEEK ? 0 : (__u32)got);
	else
		complete_datagram(cpu, call, have, flow);
	/* An unconnected socket is known by its packets alone, so this comes last. */
	return is_probe(flow) ? 0 : -1;
}

#endif
