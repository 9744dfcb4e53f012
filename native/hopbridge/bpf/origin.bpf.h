/* SPDX-License-Identifier: GPL-2.0-only */
/* What a frame is to the kernel: an XDP program is shown bytes, and not whether they are an sk_buff's, or GSO. */
#ifndef ORIGIN_BPF_H
#define ORIGIN_BPF_H

#include "maps.bpf.h"

/* Of the kernel's own structures only what is read; found by BTF, whatever else they hold. */
struct ns_common { unsigned int inum; } __attribute__((preserve_access_index));
struct net { struct ns_common ns; } __attribute__((preserve_access_index));
typedef struct { struct net *net; } __attribute__((preserve_access_index)) possible_net_t;
struct xdp_rxq_info { struct net_device *dev; } __attribute__((preserve_access_index));
struct netdev_rx_queue { struct xdp_rxq_info xdp_rxq; } __attribute__((preserve_access_index));
struct net_device {
	int ifindex;
	unsigned int num_rx_queues;
	struct netdev_rx_queue *_rx;
	possible_net_t nd_net;
} __attribute__((preserve_access_index));
struct xdp_buff {
	void *data_hard_start;
	struct xdp_rxq_info *rxq;
	unsigned int frame_sz;
} __attribute__((preserve_access_index));
struct skb_shared_info { unsigned short gso_size; } __attribute__((preserve_access_index));

extern void *bpf_cast_to_kern_ctx(void *xdp) __ksym;

/*
 * True if the frame is an sk_buff in disguise. tun runs the native program on those too (GSO, or larger than a
 * page), and their checksum state is in the sk_buff: to complete it here would make it wrong. The kernel's generic
 * hook takes its receive queue from the device, a driver has its own.
 */
static __always_inline int is_skb(struct xdp_md *xdp)
{
	struct xdp_buff *buff = bpf_cast_to_kern_ctx(xdp);
	__u64 queue = (__u64)buff->rxq;
	__u64 first = (__u64)buff->rxq->dev->_rx;
	__u64 bytes = (__u64)buff->rxq->dev->num_rx_queues * bpf_core_type_size(struct netdev_rx_queue);

	return queue >= first && queue < first + bytes;
}

#define CACHE_LINE 64 /* to which the kernel rounds skb_shared_info, on x86 and arm64 */

/*
 * True if the sk_buff that generic XDP runs on is GSO, or if that cannot be told. The kernel drops such a frame when
 * it is redirected (-EMSGSIZE), or hands it to a driver that may not cut it. What says so lies at the buffer's end.
 */
static __always_inline int is_gso(struct xdp_md *xdp)
{
	struct xdp_buff *buff = bpf_cast_to_kern_ctx(xdp);
	__u64 tail = (bpf_core_type_size(struct skb_shared_info) + CACHE_LINE - 1) & ~(__u64)(CACHE_LINE - 1);
	void *info = buff->data_hard_start + buff->frame_sz - tail;
	unsigned short size;

	if (bpf_core_read(&size, sizeof(size), &((struct skb_shared_info *)info)->gso_size))
		return 1;
	return size != 0;
}

#endif
