/* SPDX-License-Identifier: GPL-2.0-only */
/* Which packet it is: from an sk_buff, from bytes, or from a socket. */
#ifndef HOPLAB_HOPTRACE_PACKET_BPF_H
#define HOPLAB_HOPTRACE_PACKET_BPF_H

#include "maps.bpf.h"

#define IPPROTO_TCP 6
#define IPPROTO_UDP 17
#define AF_INET 2
#define AF_INET6 10
#define IP_BYTES 20
#define IP6_BYTES 40
#define UDP_BYTES 8
#define TCP_BYTES 20
#define HEAD_BYTES (IP_BYTES + TCP_BYTES)
#define LARGEST_PLAIN 1600	/* no packet of this size or less was cut up or put together by offloads */

static __always_inline __u16 clip(__u32 bytes)
{
	return bytes > 0xffff ? 0xffff : bytes;
}

/*
 * Reads the packet whose network header is at `at`, in kernel memory; `readable` bytes of it lie there. Nonzero: it is no
 * TCP or UDP packet of the probe. Its payload may lie elsewhere: TCP needs none, of UDP then the number is not known.
 */
static __always_inline int read_packet(const void *at, __u32 readable, struct flow *flow)
{
	/* Addresses, ports and number of most packets by one read, which costs more than its bytes. A short packet has more of its sk_buff behind it. */
	__u32 words[HEAD_BYTES / 4], far[TCP_BYTES / 4], header, total;
	const __u8 *ip = (const __u8 *)words;
	const __u32 *l4 = words + IP_BYTES / 4;

	if (readable < IP_BYTES + UDP_BYTES || bpf_probe_read_kernel(words, sizeof(words), at))
		return -1;
	if (ip[0] >> 4 == 4) {
		header = (ip[0] & 15) * 4;
		total = ip[2] << 8 | ip[3];
		if ((ip[6] & 0x1f) | ip[7])
			return -1; /* not the first fragment */
		flow->protocol = ip[9];
		flow->source = words[3];
		flow->destination = words[4];
	} else if (ip[0] >> 4 == 6) {
		header = IP6_BYTES;
		total = IP6_BYTES + (ip[4] << 8 | ip[5]);
		flow->protocol = ip[6];
		flow->source = words[5];
		flow->destination = words[9];
		flow->flags |= RECORD_IPV6;
	} else {
		return -1;
	}
	if (flow->protocol != IPPROTO_TCP && flow->protocol != IPPROTO_UDP)
		return -1;
	if (header != IP_BYTES) {
		if (bpf_probe_read_kernel(far, sizeof(far), at + header))
			return -1;
		l4 = far;
	}
	flow->source_port = bpf_ntohs(l4[0]);
	flow->destination_port = bpf_ntohs(l4[0] >> 16);
	if (!is_probe(flow))
		return -1;
	if (flow->protocol == IPPROTO_TCP) {
		header += (l4[3] >> 4 & 15) * 4;
		flow->number = bpf_ntohl(l4[1]);
		flow->payload = clip(total > header ? total - header : 0);
		if (!flow->payload)
			flow->flags |= RECORD_ACK;
		return 0;
	}
	header += UDP_BYTES;
	flow->payload = clip(total > header ? total - header : 0);
	flow->number = l4[2];
	if (flow->payload < 4)
		flow->number &= (1u << 8 * flow->payload) - 1;
	if (readable < header + (flow->payload < 4 ? flow->payload : 4)) {
		flow->number = 0;
		flow->flags |= RECORD_NO_NUMBER;
	}
	return 0;
}

static __always_inline int read_skb(const struct sk_buff *skb, bool received, struct flow *flow)
{
	unsigned char *head = skb->head;
	__u32 offset = received ? skb->data - head : skb->network_header;

	flow->skb = (__u64)skb;
	flow->length = skb->len;
	if (read_packet(head + offset, skb->tail - offset, flow))
		return -1;
	if (flow->length > LARGEST_PLAIN) {
		struct skb_shared_info *shared = (void *)(head + skb->end);

		if (BPF_CORE_READ(shared, gso_size))
			flow->flags |= RECORD_GSO;
	}
	return 0;
}

static __always_inline __u32 socket_netns(const struct sock *sk)
{
	return BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
}

/* What a socket says of itself. */
struct ends {
	__u32 local, remote, netns;
	__u16 local_port, remote_port, family, protocol;
};

/* A field of a socket whose first bytes were read at once, since a read costs more than its bytes. */
#define PART(bytes, field) \
	(*(typeof(((struct sock_common *)0)->field) *)((bytes) + bpf_core_field_offset(struct sock_common, field)))
#define PART_BYTES 72

/* For a pointer that was read from memory: the verifier does not trust it, so that each read is a call of the kernel. */
static __always_inline int ask_ends(const struct sock *sk, struct ends *ends)
{
	__u64 words[PART_BYTES / 8];
	const __u8 *part = (const __u8 *)words;
	struct net *net;

	if (bpf_probe_read_kernel(words, sizeof(words), sk))
		return -1;
	net = PART(part, skc_net.net);
	ends->local_port = PART(part, skc_num);
	ends->remote_port = bpf_ntohs(PART(part, skc_dport));
	ends->family = PART(part, skc_family);
	ends->local = PART(part, skc_rcv_saddr);
	ends->remote = PART(part, skc_daddr);
	ends->protocol = BPF_CORE_READ(sk, sk_protocol);
	ends->netns = BPF_CORE_READ(net, ns.inum);
	return 0;
}

/* For an argument of a traced function: the verifier trusts it, and its fields are read in place. */
static __always_inline int see_ends(const struct sock *sk, struct ends *ends)
{
	ends->local_port = sk->__sk_common.skc_num;
	ends->remote_port = bpf_ntohs(sk->__sk_common.skc_dport);
	ends->family = sk->__sk_common.skc_family;
	ends->local = sk->__sk_common.skc_rcv_saddr;
	ends->remote = sk->__sk_common.skc_daddr;
	ends->protocol = sk->sk_protocol;
	ends->netns = sk->__sk_common.skc_net.net->ns.inum;
	return 0;
}

/* The flow of a packet that a socket of these ends sends, or receives. Nonzero: it is none of the probe's. */
static __always_inline int take_ends(struct ends *ends, const struct sock *sk, bool sends, struct flow *flow)
{
	flow->source_port = sends ? ends->local_port : ends->remote_port;
	flow->destination_port = sends ? ends->remote_port : ends->local_port;
	if ((ends->family != AF_INET && ends->family != AF_INET6) || !is_probe(flow))
		return -1;
	if ((ends->protocol != IPPROTO_TCP && ends->protocol != IPPROTO_UDP) || !is_netns(ends->netns))
		return -1;
	flow->protocol = ends->protocol;
	flow->netns = ends->netns;
	if (ends->family == AF_INET6) {
		ends->local = BPF_CORE_READ(sk, __sk_common.skc_v6_rcv_saddr.in6_u.u6_addr32[3]);
		ends->remote = BPF_CORE_READ(sk, __sk_common.skc_v6_daddr.in6_u.u6_addr32[3]);
		flow->flags |= RECORD_IPV6;
	}
	flow->source = sends ? ends->local : ends->remote;
	flow->destination = sends ? ends->remote : ends->local;
	return 0;
}

static __always_inline int read_socket(const struct sock *sk, bool sends, struct flow *flow)
{
	struct ends ends;

	return ask_ends(sk, &ends) || take_ends(&ends, sk, sends, flow) ? -1 : 0;
}

static __always_inline int see_socket(const struct sock *sk, bool sends, struct flow *flow)
{
	struct ends ends;

	return see_ends(sk, &ends) || take_ends(&ends, sk, sends, flow) ? -1 : 0;
}

/* The same for a UDP socket that is bound and not connected, as user networking has them: the far end stays unknown. */
static __always_inline int take_loose(const struct ends *ends, bool sends, struct flow *flow)
{
	if (ends->family != AF_INET && ends->family != AF_INET6)
		return -1;
	if (ends->protocol != IPPROTO_UDP || ends->remote_port || !is_netns(ends->netns))
		return -1;
	flow->protocol = IPPROTO_UDP;
	flow->netns = ends->netns;
	flow->source_port = sends ? ends->local_port : 0;
	flow->destination_port = sends ? 0 : ends->local_port;
	flow->source = sends ? ends->local : 0;
	flow->destination = sends ? 0 : ends->local;
	return 0;
}

/* Sequence numbers behind the last byte that was sent, has arrived, and was read. */
static __always_inline __u32 next_to_send(const struct sock *sk)
{
	return BPF_CORE_READ((const struct tcp_sock *)sk, write_seq);
}

static __always_inline __u32 next_to_arrive(const struct sock *sk)
{
	return BPF_CORE_READ((const struct tcp_sock *)sk, rcv_nxt);
}

static __always_inline __u32 next_to_read(const struct sock *sk)
{
	return BPF_CORE_READ((const struct tcp_sock *)sk, copied_seq);
}

#endif
