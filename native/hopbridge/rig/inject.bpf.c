// SPDX-License-Identifier: GPL-2.0-only
/* The injector's programs: one addresses a frame and sends it out of a device, the other counts what arrives. */
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "inject.h"

/* Odd, so that all addresses come once before any comes again, and far from in order. */
#define STRIDE 40503

struct order order;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2 * MAX_IFINDEX);
	__type(key, __u32);
	__type(value, struct seen);
} arrived SEC(".maps");

struct address {
	__be16 begin;
	__be32 number;
} __attribute__((packed));

SEC("xdp")
int inject(struct xdp_md *xdp)
{
	struct address *at = (void *)(long)xdp->data;
	__u32 number = order.next++ * STRIDE & order.mask;

	if ((void *)(at + 2) > (void *)(long)xdp->data_end)
		return XDP_ABORTED;
	at[0].begin = bpf_htons(order.learn ? SENDER : MARK);
	at[0].number = order.learn ? 0 : bpf_htonl(number);
	at[1].begin = bpf_htons(order.learn ? MARK : SENDER);
	at[1].number = order.learn ? bpf_htonl(number) : 0;
	return bpf_redirect(order.out, 0);
}

SEC("xdp")
int sink(struct xdp_md *xdp)
{
	void *data = (void *)(long)xdp->data, *end = (void *)(long)xdp->data_end;
	__u32 slot = xdp->ingress_ifindex;
	struct address *at = data;
	struct seen *seen;

	if ((void *)(at + 2) > end)
		return XDP_PASS;
	/* The two ends of a wire are in namespaces of their own, and may have the same ifindex. */
	if (at[0].begin == bpf_htons(SENDER))
		slot += MAX_IFINDEX;
	else if (at[0].begin != bpf_htons(MARK))
		return XDP_PASS;
	seen = bpf_map_lookup_elem(&arrived, &slot);
	if (!seen)
		return XDP_PASS;
	if (!(++seen->frames % STAMP_EVERY)) {
		seen->last_ns = bpf_ktime_get_ns();
		seen->last_frames = seen->frames;
		if (!seen->first_ns) {
			seen->first_ns = seen->last_ns;
			seen->first_frames = seen->frames;
		}
	}
	seen->bytes += end - data;
	return XDP_DROP;
}

char bpf_license[] SEC("license") = "GPL";
