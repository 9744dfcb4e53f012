/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The bridge on sk_buffs, behind tc's ingress hook. The sk_buff keeps its checksum state and its GSO size, and the
 * kernel completes or segments it as the target's driver needs. Its tag is metadata, not in the bytes.
 */
#ifndef SKB_BPF_H
#define SKB_BPF_H

static __always_inline int retag_skb(struct __sk_buff *skb, struct frame *frame, int tagged)
{
	__u16 tci = (frame->tci & 0xf000) | (frame->vlan & 0xfff);

	if (!frame->tagged && !tagged)
		return 0;
	if (frame->tagged && tagged && frame->tci == tci)
		return 0;
	if (frame->tagged && bpf_skb_vlan_pop(skb))
		return -1;
	frame->tagged = 0;
	if (tagged && bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), tci))
		return -1;
	frame->tagged = tagged ? 1 : 0;
	if (tagged)
		frame->tci = tci;
	return 0;
}

/* A GSO sk_buff is cut to size by the kernel. */
static __always_inline int skb_too_big(const struct __sk_buff *skb, const struct port *out)
{
	return !skb->gso_size && skb->len > out->mtu + sizeof(struct ethhdr);
}

struct flood {
	struct __sk_buff *skb;
	struct frame *frame;
	__u32 from;
};

/* One port's copy; a function of its own, since the verifier walks a loop's 64 rounds one by one. */
static long flood_one(__u32 i, struct flood *flood)
{
	struct __sk_buff *skb = flood->skb;
	struct frame *frame = flood->frame;
	struct port *out = port_at(i);

	if (!out)
		return 1;
	if (i == flood->from || !carries(out, frame->vlan))
		return 0;
	if (skb_too_big(skb, out)) {
		count(i, COUNT_flood_too_big, frame->bytes);
		see_skb(skb, i, SEEN_DROP, COUNT_flood_too_big);
		return 0;
	}
	if (retag_skb(skb, frame, leaves_tagged(out, frame->vlan)))
		return 0;
	see_skb(skb, i, SEEN_OUT, 0);
	if (!bpf_clone_redirect(skb, out->ifindex, 0))
		count(i, COUNT_sent, frame->bytes);
	return 0;
}

SEC("tc")
int hopbridge_tc(struct __sk_buff *skb)
{
	__u32 ifindex = skb->ingress_ifindex, *found = bpf_map_lookup_elem(&port_of, &ifindex), index;
	__u64 now = bpf_ktime_get_ns();
	struct port *in, *out = NULL;
	struct frame frame = {};
	long target;

	if (!found)
		return TC_ACT_OK;
	index = *found & (MAX_PORTS - 1);
	in = port_at(index);
	if (!in)
		return TC_ACT_OK;
	frame.bytes = skb->len;
	if (bpf_skb_load_bytes(skb, 0, frame.dst, MAC_BYTES) || bpf_skb_load_bytes(skb, MAC_BYTES, frame.src, MAC_BYTES)) {
		count(index, COUNT_received, frame.bytes);
		count(index, COUNT_drop_malformed, frame.bytes);
		see_skb(skb, index, SEEN_DROP, COUNT_drop_malformed);
		return TC_ACT_SHOT;
	}
	/* A service tag (802.1ad) is payload to this bridge. */
	frame.tagged = skb->vlan_present && skb->vlan_proto == bpf_htons(ETH_P_8021Q);
	frame.tci = frame.tagged ? skb->vlan_tci : 0;
	frame.vlan = vlan_on(in, &frame);
	see_skb(skb, index, SEEN_IN, 0);
	target = admit(in, index, &frame, frame.vlan == NO_VLAN ? TO_NONE : find_target(&frame, now), now);
	if (target == TO_NONE) {
		see_skb(skb, index, SEEN_DROP, frame.rule);
		return TC_ACT_SHOT;
	}
	if (target == TO_ALL) {
		struct flood flood = { .skb = skb, .frame = &frame, .from = index };

		bpf_loop(MAX_PORTS, flood_one, &flood, 0);
		return TC_ACT_SHOT;
	}
	out = port_at(target);
	if (!out || !carries(out, frame.vlan) || skb_too_big(skb, out)) {
		frame.rule = out && carries(out, frame.vlan) ? COUNT_drop_too_big : COUNT_drop_vlan;
		count(index, frame.rule, frame.bytes);
		see_skb(skb, index, SEEN_DROP, frame.rule);
		return TC_ACT_SHOT;
	}
	if (retag_skb(skb, &frame, leaves_tagged(out, frame.vlan))) {
		count(index, COUNT_drop_retag, frame.bytes);
		return TC_ACT_SHOT;
	}
	count(index, COUNT_forwarded, frame.bytes);
	count(target, COUNT_sent, frame.bytes);
	see_skb(skb, target, SEEN_OUT, 0);
	return bpf_redirect(out->ifindex, 0);
}

#endif
