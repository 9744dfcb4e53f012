// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bridge's programs: hopbridge_xdp on a port that has native XDP, flood_out on each target of a flooded
 * frame, hopbridge_tc on every port for what is an sk_buff, and two tracepoints for what did not arrive.
 *
 * What the native program cannot do right it hands up with XDP_PASS, untouched, and hopbridge_tc does it:
 * GSO frames and all else that a tap gives as sk_buff, and targets that take no redirected frame.
 */
#include "decide.bpf.h"
#include "checksum.bpf.h"
#include "watch.bpf.h"
#include "origin.bpf.h"

#include <bpf/bpf_tracing.h>
#include <linux/pkt_cls.h>

#define VLAN_BYTES 4
#define MAX_TAGS 2

/* Tests build it with 0, to see what the kernel does with the frames that are handed up. */
#ifndef HANDS_UP
#define HANDS_UP 1
#endif

/* Whether only the tc program can do the frame right, whatever its target. */
static __always_inline int needs_skb_path(struct xdp_md *xdp, const struct port *in)
{
	if (in->flags & PORT_GENERIC)
		return is_gso(xdp);
	return in->flags & PORT_SKB_MIX && is_skb(xdp);
}

static __always_inline int read_frame(struct xdp_md *xdp, struct frame *frame)
{
	void *at = (void *)(long)xdp->data, *end = (void *)(long)xdp->data_end;
	struct ethhdr *eth = at;
	__be16 *tag = at + sizeof(*eth);

	frame->bytes = end - at;
	if (at + sizeof(*eth) > end)
		return -1;
	__builtin_memcpy(frame->dst, eth->h_dest, MAC_BYTES);
	__builtin_memcpy(frame->src, eth->h_source, MAC_BYTES);
	frame->tagged = eth->h_proto == bpf_htons(ETH_P_8021Q);
	frame->tci = 0;
	if (frame->tagged) {
		if (at + sizeof(*eth) + VLAN_BYTES > end)
			return -1;
		frame->tci = bpf_ntohs(*tag);
	}
	return 0;
}

struct macs { __u32 words[3]; };

/* Gives the frame the tag with which it leaves, or none. */
static __always_inline int retag(struct xdp_md *xdp, const struct frame *frame, int tagged)
{
	__u16 tci = (frame->tci & 0xf000) | (frame->vlan & 0xfff);
	struct macs macs;
	void *at, *end;

	if (!frame->tagged && !tagged)
		return 0;
	if (frame->tagged && tagged && frame->tci == tci)
		return 0;
	at = (void *)(long)xdp->data;
	end = (void *)(long)xdp->data_end;
	if (at + sizeof(macs) > end)
		return -1;
	macs = *(struct macs *)at;
	if (frame->tagged != (tagged ? 1 : 0)) {
		if (bpf_xdp_adjust_head(xdp, tagged ? -VLAN_BYTES : VLAN_BYTES))
			return -1;
		at = (void *)(long)xdp->data;
		end = (void *)(long)xdp->data_end;
	}
	/* What is left of a runt whose tag was taken out may be shorter than a tag. */
	if (at + sizeof(macs) > end)
		return -1;
	*(struct macs *)at = macs;
	if (tagged) {
		__be16 *tag = at + sizeof(macs);

		if (at + sizeof(macs) + VLAN_BYTES > end)
			return -1;
		tag[0] = bpf_htons(ETH_P_8021Q);
		tag[1] = bpf_htons(tci);
	}
	return 0;
}

/* The network header behind up to two tags; the ethertype is 0 if the frame ends before it. */
static __always_inline __u32 network_header(struct xdp_md *xdp, __be16 *ethertype)
{
	__u32 at = sizeof(struct ethhdr);

	if (bpf_xdp_load_bytes(xdp, at - 2, ethertype, 2))
		*ethertype = 0;
	for (int i = 0; i < MAX_TAGS; i++) {
		if (*ethertype != bpf_htons(ETH_P_8021Q) && *ethertype != bpf_htons(ETH_P_8021AD))
			break;
		at += VLAN_BYTES;
		if (bpf_xdp_load_bytes(xdp, at - 2, ethertype, 2))
			*ethertype = 0;
	}
	return at;
}

/*
 * Whether a flood must go by sk_buff. The kernel leaves a target out without a word if it takes no redirected frames,
 * or if the frame is larger than its MTU; hopbridge_tc counts those.
 */
static __always_inline int floods_by_skb(const struct port *in, const struct frame *frame)
{
	return in->flags & PORT_FLOOD_SKB || frame->bytes > in->flood_mtu + sizeof(struct ethhdr);
}

/* Whether the bytes behind the Ethernet header, tags not counted, are more than the target's MTU. */
static __always_inline int too_big(const struct port *out, const struct frame *frame)
{
	return frame->bytes > out->mtu + sizeof(struct ethhdr) + (frame->tagged ? VLAN_BYTES : 0);
}

SEC("xdp")
int hopbridge_xdp(struct xdp_md *xdp)
{
	__u32 ifindex = xdp->ingress_ifindex, *found = bpf_map_lookup_elem(&port_of, &ifindex), index, at;
	__u64 now = bpf_ktime_get_ns();
	struct port *in, *out = NULL;
	struct frame frame = {};
	__be16 ethertype;
	__u32 needed;
	long target;

	if (!found)
		return XDP_PASS;
	index = *found & (MAX_PORTS - 1);
	in = port_at(index);
	if (!in)
		return XDP_PASS;
	if (HANDS_UP && needs_skb_path(xdp, in)) {
		count(index, COUNT_skb_path, xdp->data_end - xdp->data);
		return XDP_PASS;
	}
	if (read_frame(xdp, &frame)) {
		count(index, COUNT_received, frame.bytes);
		count(index, COUNT_drop_malformed, frame.bytes);
		see_frame(xdp, in, index, SEEN_DROP, COUNT_drop_malformed);
		return XDP_DROP;
	}
	frame.vlan = vlan_on(in, &frame);
	target = frame.vlan == NO_VLAN ? TO_NONE : find_target(&frame, now);
	if (target >= 0)
		out = port_at(target);
	/* An sk_buff with a partial checksum keeps that mark, but nobody completes it on the way to the driver. */
	needed = in->flags & PORT_GENERIC ? PORT_TX_CSUM : PORT_XDP_XMIT;
	if (HANDS_UP && (out ? !(out->flags & needed) : target == TO_ALL && floods_by_skb(in, &frame))) {
		count(index, COUNT_skb_path, frame.bytes);
		return XDP_PASS;
	}
	see_frame(xdp, in, index, SEEN_IN, 0);
	target = admit(in, index, &frame, target, now);
	if (target == TO_NONE) {
		see_frame(xdp, in, index, SEEN_DROP, frame.rule);
		return XDP_DROP;
	}
	if (out && (!carries(out, frame.vlan) || (HANDS_UP && too_big(out, &frame)))) {
		frame.rule = carries(out, frame.vlan) ? COUNT_drop_too_big : COUNT_drop_vlan;
		count(index, frame.rule, frame.bytes);
		see_frame(xdp, in, index, SEEN_DROP, frame.rule);
		return XDP_DROP;
	}
	if (in->flags & PORT_COMPLETE && !(in->flags & PORT_GENERIC)) {
		at = network_header(xdp, &ethertype);
		if (complete_checksum(xdp, at, ethertype))
			count(index, COUNT_completed, frame.bytes);
	}
	if (!out)
		return bpf_redirect_map(&all, 0, BPF_F_BROADCAST | BPF_F_EXCLUDE_INGRESS);
	if (retag(xdp, &frame, leaves_tagged(out, frame.vlan))) {
		count(index, COUNT_drop_retag, frame.bytes);
		return XDP_DROP;
	}
	count(index, COUNT_forwarded, frame.bytes);
	count(target, COUNT_sent, frame.bytes);
	see_frame(xdp, in, target, SEEN_OUT, 0);
	return bpf_redirect_map(&one, target, XDP_DROP);
}

/* A flooded frame's copy for one target: it must carry the VLAN, and has its own way of tagging. */
SEC("xdp/devmap")
int flood_out(struct xdp_md *xdp)
{
	__u32 from = xdp->ingress_ifindex, to = xdp->egress_ifindex, out_index;
	__u32 *in_found = bpf_map_lookup_elem(&port_of, &from), *out_found = bpf_map_lookup_elem(&port_of, &to);
	struct frame frame = {};
	struct port *in, *out;

	if (!in_found || !out_found)
		return XDP_DROP;
	out_index = *out_found;
	in = port_at(*in_found);
	out = port_at(out_index);
	if (!in || !out || read_frame(xdp, &frame))
		return XDP_DROP;
	frame.vlan = vlan_on(in, &frame);
	if (frame.vlan == NO_VLAN || !carries(out, frame.vlan)) {
		count(out_index, COUNT_filtered, frame.bytes);
		return XDP_DROP;
	}
	if (retag(xdp, &frame, leaves_tagged(out, frame.vlan)))
		return XDP_DROP;
	count(out_index, COUNT_sent, frame.bytes);
	see_frame(xdp, in, out_index, SEEN_OUT, 0);
	return XDP_PASS;
}

/* On the far end of a veth: its driver takes redirected frames only while a program is there. */
SEC("xdp")
int pass_all(struct xdp_md *xdp)
{
	return XDP_PASS;
}

#include "skb.bpf.h"
#include "losses.bpf.h"

char bpf_license[] SEC("license") = "GPL";
