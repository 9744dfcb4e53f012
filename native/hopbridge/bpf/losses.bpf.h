/* SPDX-License-Identifier: GPL-2.0-only */
/* Counts what the kernel itself says of redirects that failed: after the program's verdict nothing else tells. */
#ifndef LOSSES_BPF_H
#define LOSSES_BPF_H

/* Tracepoints see the whole machine, and an ifindex means something in its own namespace only. */
static __always_inline int is_ours(struct net_device *dev)
{
	__u32 ifindex = dev->ifindex;

	return dev->nd_net.net->ns.inum == settings.netns_inode && bpf_map_lookup_elem(&port_of, &ifindex);
}

static __always_inline void lose(__u32 ifindex, int error, __u64 frames)
{
	struct loss_key key = { .ifindex = ifindex, .error = error };
	__u64 *known = bpf_map_lookup_elem(&losses, &key);

	if (known)
		__sync_fetch_and_add(known, frames);
	else
		bpf_map_update_elem(&losses, &key, &frames, BPF_ANY);
}

SEC("tp_btf/xdp_devmap_xmit")
int BPF_PROG(on_devmap_xmit, struct net_device *from, struct net_device *to, int sent, int drops, int err)
{
	if (drops > 0 && is_ours(to))
		lose(to->ifindex, err, drops);
	return 0;
}

SEC("tp_btf/xdp_redirect_err")
int BPF_PROG(on_redirect_err, struct net_device *dev, void *prog, void *target, int err, int type, __u32 id, __u32 index)
{
	struct port *port;

	if (!is_ours(dev))
		return 0;
	port = port_at(index & (MAX_PORTS - 1));
	lose(port ? port->ifindex : 0, err, 1);
	return 0;
}

#endif
