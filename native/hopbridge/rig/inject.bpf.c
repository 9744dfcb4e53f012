// SPDX-License-Identifier: GPL-2.0-only
/* The injector's programs: one addresses a frame and sends it out of a device, the other counts what arrives. */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <linux/types.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "inject.h"

struct order order;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2 * MAX_IFINDEX);
	__type(key, __u32);
	__type(value, struct seen);
} arrived SEC(".maps");

SEC("xdp")
int inject(struct xdp_md *xdp)
{
	struct address *at = (void *)(long)xdp->data;

	if ((void *)(at + 2) > (void *)(long)xdp->data_end)
		return XDP_ABORTED;
	address_frame(at, &order);
	return bpf_redirect(order.out, 0);
}

/* True if the frame is one of ours. */
static __always_inline int counted(void *data, void *end, __u32 slot)
{
	struct address *at = data;
	struct seen *seen;

	if ((void *)(at + 2) > end)
		return 0;
	/* The two ends of a wire are in namespaces of their own, and may have the same ifindex. */
	if (at[0].begin == bpf_htons(SENDER))
		slot += MAX_IFINDEX;
	else if (at[0].begin != bpf_htons(MARK))
		return 0;
	seen = bpf_map_lookup_elem(&arrived, &slot);
	if (!seen)
		return 0;
	seen->bytes += end - data;
	if (!(++seen->frames % STAMP_EVERY)) {
		seen->last_ns = bpf_ktime_get_ns();
		seen->last_frames = seen->frames;
		if (!seen->first_ns) {
			seen->first_ns = seen->last_ns;
			seen->first_frames = seen->frames;
		}
	}
	return 1;
}

SEC("xdp")
int sink_xdp(struct xdp_md *xdp)
{
	void *data = (void *)(long)xdp->data, *end = (void *)(long)xdp->data_end;

	return counted(data, end, xdp->ingress_ifindex) ? XDP_DROP : XDP_PASS;
}

SEC("tc")
int sink_tc(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;

	return counted(data, end, skb->ifindex) ? TC_ACT_SHOT : TC_ACT_OK;
}

char bpf_license[] SEC("license") = "GPL";
