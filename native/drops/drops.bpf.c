// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counts the frames that the kernel drops, by its own reason, and those that XDP loses after its program's verdict.
 *
 * Tracepoints see the whole machine: every program first asks whose frame it is. Each exists as tp_btf and as raw_tp;
 * the loader takes the second where the kernel refuses the first. Both read with bpf_probe_read_kernel() alone, because
 * pointers in a dying sk_buff may be stale: UDP keeps other things in the field of the device.
 */
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "drops.h"

#define KERNEL __attribute__((preserve_access_index))
#define ETH_BYTES 14
#define ETH_P_IP 0x0800
#define ETH_P_IPV6 0x86dd
#define IPPROTO_TCP 6
#define IPPROTO_UDP 17
#define AF_INET 2
#define AF_INET6 10
#define AF_PACKET 17
#define CHECKSUM_PARTIAL 3
#define UNSET ((__u16)~0)
#define NOREF 1UL

struct ns_common { unsigned int inum; } KERNEL;
struct net { struct ns_common ns; } KERNEL;
typedef struct { struct net *net; } possible_net_t;
struct net_device { int ifindex; possible_net_t nd_net; } KERNEL;
struct sock_common { unsigned short skc_family; possible_net_t skc_net; } KERNEL;
struct sock { struct sock_common __sk_common; } KERNEL;
struct dst_entry { struct net_device *dev; } KERNEL;
struct nsproxy { struct net *net_ns; } KERNEL;
struct task_struct { struct nsproxy *nsproxy; } KERNEL;
struct sk_buff {
	struct net_device *dev;
	struct sock *sk;
	unsigned long _skb_refdst;
	int skb_iif;
	__u8 ip_summed:2;
	__be16 protocol;
	__u16 network_header;
	__u16 mac_header;
	unsigned int tail;
	unsigned char *head;
} KERNEL;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_NETNS);
	__type(key, __u32); /* inode */
	__type(value, __u32);
} watched SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_KEYS);
	__type(key, struct drop_key);
	__type(value, struct drop_count);
} drops SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_KEYS);
	__type(key, struct xdp_key);
	__type(value, __u64);
} losses SEC(".maps");

/* Frames whose kind found no room. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} uncounted SEC(".maps");

static __always_inline void miss(__u64 frames)
{
	__u32 zero = 0;
	__u64 *count = bpf_map_lookup_elem(&uncounted, &zero);

	if (count)
		__sync_fetch_and_add(count, frames);
}

static __always_inline int is_watched(__u32 netns)
{
	return bpf_map_lookup_elem(&watched, &netns) != NULL;
}

/* 0: the pointer leads nowhere. */
static __always_inline __u32 netns_of_device(const struct net_device *dev)
{
	__u32 netns = 0;

	return BPF_CORE_READ_INTO(&netns, dev, nd_net.net, ns.inum) ? 0 : netns;
}

/* Sockets of other families carry messages, not frames. */
static __always_inline __u32 netns_of_socket(const struct sock *sk)
{
	unsigned short family = 0;
	__u32 netns = 0;

	if (!sk || BPF_CORE_READ_INTO(&family, sk, __sk_common.skc_family))
		return 0;
	if (family != AF_INET && family != AF_INET6 && family != AF_PACKET)
		return 0;
	return BPF_CORE_READ_INTO(&netns, sk, __sk_common.skc_net.net, ns.inum) ? 0 : netns;
}

/*
 * Whose frame it is. On its way to a socket it has lost its device: then its socket tells, or its route. A device that
 * cannot be followed is UDP's scratch space: the frame lay in a socket's queue, and whoever reads the socket frees it.
 */
static __always_inline int find_owner(const struct sk_buff *skb, const struct sock *receiver, struct drop_key *key)
{
	struct net_device *dev = BPF_CORE_READ(skb, dev);
	unsigned long dst = BPF_CORE_READ(skb, _skb_refdst) & ~NOREF;

	if (dev) {
		key->netns = netns_of_device(dev);
		if (key->netns) {
			key->ifindex = BPF_CORE_READ(dev, ifindex);
			return is_watched(key->netns);
		}
	}
	key->ifindex = BPF_CORE_READ(skb, skb_iif);
	key->netns = netns_of_socket(receiver);
	if (!key->netns)
		key->netns = netns_of_socket(BPF_CORE_READ(skb, sk));
	if (!key->netns && dst)
		key->netns = netns_of_device(BPF_CORE_READ((struct dst_entry *)dst, dev));
	if (!key->netns && dev)
		key->netns = BPF_CORE_READ((struct task_struct *)bpf_get_current_task(), nsproxy, net_ns, ns.inum);
	return key->netns && is_watched(key->netns);
}

/* What the frame is, as far as its headers lie together. */
static __always_inline void find_kind(const unsigned char *head, __u16 network, struct drop_key *key)
{
	__u8 first = 0, protocol = 0;
	__u16 fragment = 0, transport = 0;
	__be16 port = 0;

	bpf_probe_read_kernel(&first, 1, head + network);
	if (key->protocol == ETH_P_IP && first >> 4 == 4) {
		bpf_probe_read_kernel(&protocol, 1, head + network + 9);
		bpf_probe_read_kernel(&fragment, 2, head + network + 6);
		transport = network + (first & 0xf) * 4;
	} else if (key->protocol == ETH_P_IPV6 && first >> 4 == 6) {
		bpf_probe_read_kernel(&protocol, 1, head + network + 6);
		transport = network + 40;
	}
	key->ip_protocol = protocol;
	if ((protocol != IPPROTO_TCP && protocol != IPPROTO_UDP) || fragment & bpf_htons(0x1fff))
		return;
	bpf_probe_read_kernel(&port, 2, head + transport + 2);
	key->port = bpf_ntohs(port);
}

static __always_inline int drop(const struct sk_buff *skb, __u32 reason, const struct sock *receiver)
{
	struct drop_key key = { .reason = reason };
	struct drop_count first = { .frames = 1 }, *known;
	__u16 network = BPF_CORE_READ(skb, network_header), mac = BPF_CORE_READ(skb, mac_header);
	unsigned char *head = BPF_CORE_READ(skb, head);
	unsigned int tail = BPF_CORE_READ(skb, tail);
	__u16 from;

	if (!find_owner(skb, receiver, &key))
		return 0;
	key.protocol = bpf_ntohs(BPF_CORE_READ(skb, protocol));
	first.head_is_link = mac != UNSET && (!network || mac + ETH_BYTES <= network);
	if (!network && first.head_is_link)
		network = mac + ETH_BYTES;
	from = first.head_is_link ? mac : network;
	find_kind(head, network, &key);
	known = bpf_map_lookup_elem(&drops, &key);
	if (!known) {
		first.marked = BPF_CORE_READ_BITFIELD_PROBED(skb, ip_summed) == CHECKSUM_PARTIAL;
		first.head_bytes = tail <= from ? 0 : tail - from < HEAD_BYTES ? tail - from : HEAD_BYTES;
		bpf_probe_read_kernel(first.head, HEAD_BYTES, head + from);
		if (!bpf_map_update_elem(&drops, &key, &first, BPF_NOEXIST))
			return 0;
		known = bpf_map_lookup_elem(&drops, &key); /* another CPU was first */
	}
	if (known)
		__sync_fetch_and_add(&known->frames, 1);
	else
		miss(1);
	return 0;
}

static __always_inline int lose(const struct net_device *dev, enum point point, __s32 reason, __u64 frames)
{
	struct xdp_key key = { .point = point, .reason = reason };
	__u64 *known;

	if (dev) {
		key.netns = netns_of_device(dev);
		key.ifindex = BPF_CORE_READ(dev, ifindex);
		if (!key.netns || !is_watched(key.netns))
			return 0;
	}
	known = bpf_map_lookup_elem(&losses, &key);
	if (!known) {
		if (!bpf_map_update_elem(&losses, &key, &frames, BPF_NOEXIST))
			return 0;
		known = bpf_map_lookup_elem(&losses, &key);
	}
	if (known)
		__sync_fetch_and_add(known, frames);
	else
		miss(frames);
	return 0;
}

/* One body, two programs. */
#define POINT(name, tracepoint, ...)						\
	static __always_inline int name##_body(__VA_ARGS__);			\
	SEC("tp_btf/" #tracepoint) int BPF_PROG(on_##name, __VA_ARGS__) { return name##_body(ARGS_##name); }	\
	SEC("raw_tp/" #tracepoint) int BPF_PROG(raw_##name, __VA_ARGS__) { return name##_body(ARGS_##name); }	\
	static __always_inline int name##_body(__VA_ARGS__)

/* The reason is an argument since 5.17, the receiving socket since 6.11; the loader takes the one that fits. */
#define ARGS_kfree_skb4 skb, location, reason, receiver
POINT(kfree_skb4, kfree_skb, struct sk_buff *skb, void *location, unsigned int reason, struct sock *receiver)
{
	return drop(skb, reason, receiver);
}

#define ARGS_kfree_skb3 skb, location, reason
POINT(kfree_skb3, kfree_skb, struct sk_buff *skb, void *location, unsigned int reason)
{
	return drop(skb, reason, NULL);
}

#define ARGS_kfree_skb2 skb, location
POINT(kfree_skb2, kfree_skb, struct sk_buff *skb, void *location)
{
	return drop(skb, 0, NULL);
}

#define ARGS_xdp_exception dev, prog, action
POINT(xdp_exception, xdp_exception, struct net_device *dev, void *prog, unsigned int action)
{
	return lose(dev, POINT_xdp_exception, action, 1);
}

#define ARGS_xdp_redirect_err dev, prog, target, err
POINT(xdp_redirect_err, xdp_redirect_err, struct net_device *dev, void *prog, void *target, int err)
{
	return lose(dev, POINT_xdp_redirect_err, err, 1);
}

#define ARGS_xdp_redirect_map_err dev, prog, target, err
POINT(xdp_redirect_map_err, xdp_redirect_map_err, struct net_device *dev, void *prog, void *target, int err)
{
	return lose(dev, POINT_xdp_redirect_map_err, err, 1);
}

#define ARGS_xdp_devmap_xmit from, to, sent, lost, err
POINT(xdp_devmap_xmit, xdp_devmap_xmit, struct net_device *from, struct net_device *to, int sent, int lost, int err)
{
	return lost > 0 ? lose(to, POINT_xdp_devmap_xmit, err, lost) : 0;
}

#define ARGS_xdp_bulk_tx dev, sent, lost, err
POINT(xdp_bulk_tx, xdp_bulk_tx, struct net_device *dev, int sent, int lost, int err)
{
	return lost > 0 ? lose(dev, POINT_xdp_bulk_tx, err, lost) : 0;
}

#define ARGS_xdp_cpumap_enqueue map, processed, lost
POINT(xdp_cpumap_enqueue, xdp_cpumap_enqueue, int map, unsigned int processed, unsigned int lost)
{
	return lost > 0 ? lose(NULL, POINT_xdp_cpumap_enqueue, 0, lost) : 0;
}

#define ARGS_xdp_cpumap_kthread map, processed, lost
POINT(xdp_cpumap_kthread, xdp_cpumap_kthread, int map, unsigned int processed, unsigned int lost)
{
	return lost > 0 ? lose(NULL, POINT_xdp_cpumap_kthread, 0, lost) : 0;
}

char LICENSE[] SEC("license") = "GPL";
