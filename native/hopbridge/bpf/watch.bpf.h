/* SPDX-License-Identifier: GPL-2.0-only */
/* Records the frames that pass. Off, the setting is a constant 0 to the verifier, which takes all of it out. */
#ifndef WATCH_BPF_H
#define WATCH_BPF_H

#include "maps.bpf.h"

/* The size is the loader's to set: about 4000 frames while someone watches. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} seen SEC(".maps");

/* Frames for which there was no room. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} unseen SEC(".maps");

static __always_inline struct seen *see(__u32 port, enum seen_way way, __u32 rule, __u32 length)
{
	struct seen *one = bpf_ringbuf_reserve(&seen, sizeof(*one), 0);
	__u32 zero = 0;
	__u64 *lost;

	if (!one) {
		lost = bpf_map_lookup_elem(&unseen, &zero);
		if (lost)
			__sync_fetch_and_add(lost, 1);
		return NULL;
	}
	one->time_ns = bpf_ktime_get_ns();
	one->port = port;
	one->way = way;
	one->rule = rule;
	one->length = length;
	one->captured = length < MAX_SEEN_BYTES ? length : MAX_SEEN_BYTES;
	one->gso_size = 0;
	one->skb = 0;
	one->tagged = 0;
	one->tpid = 0;
	one->tci = 0;
	return one;
}

/* `in` is where it came in: generic XDP runs on sk_buffs. */
static __always_inline void see_frame(struct xdp_md *xdp, const struct port *in, __u32 port, enum seen_way way, __u32 rule)
{
	struct seen *one;
	__u32 bytes;

	if (!settings.watch)
		return;
	one = see(port, way, rule, bpf_xdp_get_buff_len(xdp));
	if (!one)
		return;
	one->skb = !!(in->flags & PORT_GENERIC);
	bytes = one->captured;
	/* Keeps clang from forgetting the bound that the verifier must see. */
	asm volatile("" : "+r"(bytes));
	if (bytes < 1 || bytes > MAX_SEEN_BYTES || bpf_xdp_load_bytes(xdp, 0, one->bytes, bytes))
		one->captured = 0;
	/* Nobody is woken: the frames are fetched by those who want them. */
	bpf_ringbuf_submit(one, BPF_RB_NO_WAKEUP);
}

static __always_inline void see_skb(struct __sk_buff *skb, __u32 port, enum seen_way way, __u32 rule)
{
	struct seen *one;
	__u32 bytes;

	if (!settings.watch)
		return;
	one = see(port, way, rule, skb->len);
	if (!one)
		return;
	one->skb = 1;
	one->gso_size = skb->gso_size;
	if (skb->vlan_present) {
		one->tagged = 1;
		one->tpid = bpf_ntohs(skb->vlan_proto);
		one->tci = skb->vlan_tci;
	}
	bytes = one->captured;
	asm volatile("" : "+r"(bytes));
	if (bytes < 1 || bytes > MAX_SEEN_BYTES || bpf_skb_load_bytes(skb, 0, one->bytes, bytes))
		one->captured = 0;
	bpf_ringbuf_submit(one, BPF_RB_NO_WAKEUP);
}

#endif
