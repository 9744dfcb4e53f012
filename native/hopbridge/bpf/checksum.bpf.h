/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Completes a partial checksum of TCP or UDP in a frame.
 *
 * A guest with tx checksum offload leaves the pseudo-header's sum in the checksum field and says so in
 * virtio_net_hdr, which a native XDP program does not see and a redirect loses. That value is what is looked
 * for. The sum over the segment with the field as it is then *is* the checksum, so a checksum that was right and
 * equals the pseudo-header's sum by chance stays what it is; one that is neither right nor partial is not touched.
 */
#ifndef CHECKSUM_BPF_H
#define CHECKSUM_BPF_H

#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include "maps.bpf.h"

#define CHUNK 512 /* bpf_csum_diff's limit before Linux 6.13 */
#define MAX_CHUNKS 20
#define MAX_IPV6_OPTIONS 4
#define TCP_CHECK 16
#define UDP_CHECK 6
#define IP_FRAGMENT 0x3fff /* offset, or more to come */

struct scratch {
	__u8 bytes[CHUNK + 8]; /* the verifier does not see that rounding up stays within a chunk */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct scratch);
} scratches SEC(".maps");

/* A TCP or UDP segment within a frame. */
struct segment {
	__u32 offset;
	__u32 bytes;
	__u32 pseudo; /* the pseudo-header's sum, not folded */
	__u8 proto;
};

static __always_inline __u32 fold(__u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xffff) + (sum >> 16);
}

static __always_inline __u64 sum_words(const __be32 *words, int n)
{
	__u64 sum = 0;

	for (int i = 0; i < n; i++)
		sum += words[i];
	return sum;
}

static __always_inline int find_in_ipv4(struct xdp_md *xdp, __u32 at, struct segment *segment)
{
	__u32 header, total;
	struct iphdr ip;

	if (bpf_xdp_load_bytes(xdp, at, &ip, sizeof(ip)))
		return -1;
	header = ip.ihl * 4;
	total = bpf_ntohs(ip.tot_len);
	if (ip.version != 4 || header < sizeof(ip) || total < header || ip.frag_off & bpf_htons(IP_FRAGMENT))
		return -1;
	segment->offset = at + header;
	segment->bytes = total - header;
	segment->proto = ip.protocol;
	segment->pseudo = fold((__u64)ip.saddr + ip.daddr);
	return 0;
}

static __always_inline int find_in_ipv6(struct xdp_md *xdp, __u32 at, struct segment *segment)
{
	struct ipv6hdr ip;
	__u32 left;
	__u8 next;

	if (bpf_xdp_load_bytes(xdp, at, &ip, sizeof(ip)) || ip.version != 6)
		return -1;
	left = bpf_ntohs(ip.payload_len);
	next = ip.nexthdr;
	at += sizeof(ip);
	for (int i = 0; i < MAX_IPV6_OPTIONS; i++) {
		__u8 option[2];
		__u32 bytes;

		/* Routing headers and fragments change what the checksum covers: such frames are left alone. */
		if (next != IPPROTO_HOPOPTS && next != IPPROTO_DSTOPTS)
			break;
		if (bpf_xdp_load_bytes(xdp, at, option, sizeof(option)))
			return -1;
		bytes = (option[1] + 1) * 8;
		if (bytes > left)
			return -1;
		next = option[0];
		at += bytes;
		left -= bytes;
	}
	segment->offset = at;
	segment->bytes = left;
	segment->proto = next;
	segment->pseudo = fold(sum_words(ip.saddr.in6_u.u6_addr32, 4) + sum_words(ip.daddr.in6_u.u6_addr32, 4));
	return 0;
}

/* The sum over the segment's bytes, a chunk at a time through scratch memory; -1 if the frame is shorter than it says. */
static __always_inline __s64 sum_segment(struct xdp_md *xdp, const struct segment *segment)
{
	__u32 zero = 0, at = segment->offset, left = segment->bytes;
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &zero);
	__s64 sum = 0;

	if (!scratch)
		return -1;
	for (int i = 0; i < MAX_CHUNKS && left; i++) {
		__u32 bytes = left < CHUNK ? left : CHUNK;

		/* The helper wants whole words: the last one is filled up with zeros. */
		if (bytes < CHUNK)
			*(__u32 *)(scratch->bytes + (bytes & (CHUNK - 4))) = 0;
		/* Keeps clang from forgetting the bound that the verifier must see. */
		asm volatile("" : "+r"(bytes));
		if (bytes < 1 || bytes > CHUNK || bpf_xdp_load_bytes(xdp, at, scratch->bytes, bytes))
			return -1;
		sum = bpf_csum_diff(NULL, 0, (__be32 *)scratch->bytes, (bytes + 3) & ~3U, sum);
		if (sum < 0)
			return -1;
		at += bytes;
		left -= bytes;
	}
	return left ? -1 : sum;
}

/* 1 if a partial checksum was completed. The network header is at that offset, of that ethertype. */
static __always_inline int complete_checksum(struct xdp_md *xdp, __u32 at, __be16 ethertype)
{
	struct segment segment = {};
	__u32 field, partial;
	__u16 found, check;
	__s64 sum;

	if (ethertype == bpf_htons(ETH_P_IP)) {
		if (find_in_ipv4(xdp, at, &segment))
			return 0;
	} else if (ethertype == bpf_htons(ETH_P_IPV6)) {
		if (find_in_ipv6(xdp, at, &segment))
			return 0;
	} else {
		return 0;
	}
	if (segment.proto == IPPROTO_TCP && segment.bytes >= 20)
		field = TCP_CHECK;
	else if (segment.proto == IPPROTO_UDP && segment.bytes >= 8)
		field = UDP_CHECK;
	else
		return 0;
	if (bpf_xdp_load_bytes(xdp, segment.offset + field, &found, sizeof(found)))
		return 0;
	partial = fold((__u64)segment.pseudo + bpf_htons(segment.proto) + bpf_htonl(segment.bytes));
	if (found != partial)
		return 0;
	sum = sum_segment(xdp, &segment);
	if (sum < 0)
		return 0;
	check = ~fold(sum);
	/* To UDP a field of 0 says "no checksum"; the other zero of ones' complement is the same sum. */
	if (check == 0 && segment.proto == IPPROTO_UDP)
		check = 0xffff;
	if (check == found)
		return 0;
	return !bpf_xdp_store_bytes(xdp, segment.offset + field, &check, sizeof(check));
}

#endif
